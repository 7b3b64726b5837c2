/** A reply, shown beside the launcher while the chat is closed: a click opens it, a cross puts it away. Loaded with the first. */

import type { Message } from '../shared/types.ts';
import { element, icon, setText } from './dom.ts';
import { needStyles } from './styles.ts';
import css from './styles/preview.css';
import { plainText } from '../shared/markdown.ts';
import type { Texts } from './texts.ts';

const CROSS = 'M17 7 7 17M7 7l10 10';
const MAX_TEXT = 200;

export class Preview {
  readonly root: HTMLElement;
  private readonly who = element('b', { dir: 'auto' });
  private readonly text = element('span', { dir: 'auto' });

  constructor(private readonly texts: Texts, onOpen: () => void) {
    needStyles(css);
    this.root = element(
      'div',
      { class: 'preview', hidden: true },
      element('button', { class: 'preview-open', type: 'button', onclick: onOpen }, this.who, this.text),
      element('button', { class: 'preview-close', type: 'button', 'aria-label': texts.dismiss, onclick: () => this.hide() }, icon(CROSS)),
    );
  }

  show(message: Message): void {
    const text = plainText(message.message) || message.attachments[0]?.name || this.texts.attachment;
    setText(this.who, message.sender_name || this.texts.team);
    setText(this.text, text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
    this.root.hidden = false;
  }

  hide(): void {
    this.root.hidden = true;
  }
}
