/** The files that are to be sent with the next message: looked at, and taken out again, before that. */

import { element, icon, setText } from './dom.ts';
import { needStyles } from './styles.ts';
import css from './styles/tray.css';
import { fill, type Texts } from './texts.ts';
import { formatSize, type UploadRules } from '../shared/upload-rules.ts';
import { judgeFiles } from './upload-rules.ts';

const FILE_ICON = 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8l-5-5Zm0 0v5h5';
const CROSS_ICON = 'M17 7 7 17M7 7l10 10';

interface Chosen {
  file: File;
  row: HTMLElement;
  preview: string | null;
}

export class Tray {
  readonly root: HTMLElement;
  private readonly list = element('ul', {});
  private readonly problem = element('p', { class: 'problem', role: 'alert' });
  private chosen: Chosen[] = [];

  constructor(
    private readonly rules: UploadRules,
    private readonly texts: Texts,
    private readonly locale: string,
    /** Something was added or taken out. */
    private readonly onChange: () => void,
  ) {
    needStyles(css);
    this.root = element('div', { class: 'tray' }, this.list, this.problem);
  }

  get isEmpty(): boolean {
    return this.chosen.length === 0;
  }

  add(files: readonly File[]): void {
    const { taken, problems } = judgeFiles(files, this.chosen.length, this.rules, this.texts, this.locale);
    for (const file of taken) this.chosen.push(this.show(file));
    setText(this.problem, problems.join(' '));
    this.onChange();
  }

  /** Answers what was chosen, and is empty again. */
  take(): { blob: Blob; name: string }[] {
    const files = this.chosen.map(({ file }) => ({ blob: file as Blob, name: file.name }));
    for (const chosen of [...this.chosen]) this.drop(chosen);
    setText(this.problem, '');
    return files;
  }

  private show(file: File): Chosen {
    const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
    const remove = () => {
      this.drop(chosen);
      this.onChange();
    };
    const name = element('span', { class: 'tray-name', dir: 'auto' }, file.name);
    const row = element(
      'li',
      {},
      preview ? element('img', { src: preview, alt: '', onerror: (event: Event) => (event.target as Element).replaceWith(icon(FILE_ICON)) }) : icon(FILE_ICON),
      element('span', { class: 'tray-text' }, name, element('small', {}, formatSize(file.size, this.locale))),
      element('button', { type: 'button', class: 'tray-remove', 'aria-label': fill(this.texts.remove, { name: file.name }), onclick: remove }, icon(CROSS_ICON)),
    );
    const chosen = { file, row, preview };
    this.list.append(row);
    return chosen;
  }

  private drop(chosen: Chosen): void {
    this.chosen = this.chosen.filter((other) => other !== chosen);
    chosen.row.remove();
    if (chosen.preview) URL.revokeObjectURL(chosen.preview);
  }
}
