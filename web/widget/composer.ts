/**
 * The text field and its send button. Enter sends and Shift+Enter begins a line; while an input
 * method is composing a word, Enter belongs to it.
 */

import { element, icon, setText } from './dom.ts';
import type { Texts } from './texts.ts';

const SEND_ICON = 'M12 19V5m0 0-6 6m6-6 6 6';
/** The remaining length is shown when it becomes scarce. */
const COUNT_BELOW = 200;

export interface ComposerOptions {
  texts: Texts;
  maxCharacters: number;
  onSend(text: string): void;
  onTyping(typing: boolean): void;
}

export class Composer {
  readonly root: HTMLFormElement;
  private readonly field: HTMLTextAreaElement;
  private readonly button: HTMLButtonElement;
  private readonly count = element('div', { class: 'count', role: 'status' });

  constructor(private readonly options: ComposerOptions) {
    const { texts } = options;
    this.field = element('textarea', {
      rows: 1,
      'aria-label': texts.messageLabel,
      placeholder: texts.placeholder,
      autocomplete: 'off',
      enterkeyhint: 'send',
      oninput: () => this.changed(),
      onkeydown: (event: KeyboardEvent) => this.keyDown(event),
      onblur: () => options.onTyping(false),
    });
    this.button = element('button', { class: 'send', type: 'submit', 'aria-label': texts.send }, icon(SEND_ICON));
    this.root = element(
      'form',
      { class: 'composer', onsubmit: (event: Event) => this.submit(event) },
      element('div', { class: 'field' }, this.field, this.button),
      this.count,
    );
    this.changed();
  }

  get text(): string {
    return this.field.value;
  }

  set text(text: string) {
    this.field.value = text;
    this.changed();
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
  }

  /** Fits the height to the text; needed again when the field becomes visible. */
  resize(): void {
    this.field.style.height = 'auto';
    if (this.field.scrollHeight > 0) this.field.style.height = `${this.field.scrollHeight}px`;
  }

  private get charactersLeft(): number {
    // Characters as people count them, not UTF-16 units, so that an emoji is one.
    return this.options.maxCharacters - [...this.field.value.trim()].length;
  }

  private changed(): void {
    const left = this.charactersLeft;
    const empty = this.field.value.trim() === '';
    // An empty field would take its placeholder for left-to-right.
    this.field.dir = empty ? '' : 'auto';
    // Not `disabled`: a button that loses focus when it is disabled throws keyboard users out.
    this.button.setAttribute('aria-disabled', String(empty || left < 0));
    this.field.setAttribute('aria-invalid', String(left < 0));
    setText(this.count, left < COUNT_BELOW ? this.options.texts.charactersLeft(left) : '');
    this.count.classList.toggle('over', left < 0);
    this.resize();
    this.options.onTyping(!empty);
  }

  private keyDown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text || this.charactersLeft < 0) return;
    this.options.onSend(text);
    this.text = '';
    this.focus();
  }
}
