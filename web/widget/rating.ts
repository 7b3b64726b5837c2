/** The question after a chat: five faces, a word for each, and room for a sentence. Loaded when it is asked. */

import { element, setText } from './dom.ts';
import { needStyles } from './styles.ts';
import fieldsCss from './styles/fields.css';
import css from './styles/rating.css';
import type { Texts } from './texts.ts';

const FACES = ['😞', '🙁', '😐', '🙂', '😄'];
const MAX_COMMENT = 1_000;

export class Rating {
  readonly root: HTMLFormElement;
  private readonly more: HTMLElement;
  private readonly comment: HTMLTextAreaElement;
  private readonly result = element('p', { class: 'result', role: 'status', tabindex: -1 });
  private readonly questions: HTMLElement;

  constructor(
    private readonly texts: Texts,
    question: string | null,
    /** Rejects when the rating was not taken. */
    private readonly onRate: (score: number, comment: string) => Promise<void>,
  ) {
    needStyles(fieldsCss, css);
    const words = [texts.score1, texts.score2, texts.score3, texts.score4, texts.score5];
    const faces = FACES.map((face, index) => {
      const input = element('input', { type: 'radio', name: 'score', value: index + 1, onchange: () => this.chosen() });
      return element('label', { class: 'face-choice', title: words[index] }, input, element('span', { 'aria-hidden': 'true' }, face), element('span', { class: 'hidden-text' }, words[index] ?? ''));
    });
    this.comment = element('textarea', { rows: 2, maxlength: MAX_COMMENT, 'aria-label': texts.comment, placeholder: texts.comment, dir: 'auto' });
    this.more = element('div', { class: 'more', hidden: true }, this.comment, element('button', { class: 'primary', type: 'submit' }, texts.sendRating));
    this.questions = element('div', {}, element('fieldset', {}, element('legend', { dir: 'auto' }, question || texts.rate), element('div', { class: 'faces' }, ...faces)), this.more);
    this.root = element('form', { class: 'rating', onsubmit: (event: Event) => void this.submit(event) }, this.questions, this.result);
  }

  private chosen(): void {
    this.more.hidden = false;
    setText(this.result, '');
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const score = Number(this.root.querySelector<HTMLInputElement>('input:checked')?.value);
    if (!score || this.root.getAttribute('aria-busy') === 'true') return;
    this.root.setAttribute('aria-busy', 'true');
    try {
      await this.onRate(score, this.comment.value.trim());
      this.questions.hidden = true;
      setText(this.result, this.texts.ratingThanks);
      // The button that had the focus is gone.
      this.result.focus({ preventScroll: true });
    } catch {
      setText(this.result, this.texts.ratingFailed);
    } finally {
      this.root.setAttribute('aria-busy', 'false');
    }
  }
}
