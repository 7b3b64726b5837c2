/**
 * The text field and its send button. Enter sends and Shift+Enter begins a line; while an input
 * method is composing a word, Enter belongs to it.
 */

import { element, icon, setText } from './dom.ts';
import { fill, type Texts } from './texts.ts';

const SEND_ICON = 'M12 19V5m0 0-6 6m6-6 6 6';
const SMILE_ICON = 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.500 14.500c1.800 2.300 5.200 2.300 7 0M9 9.500v.01M15 9.500v.01';
/** The remaining length is shown when it becomes scarce. */
const COUNT_BELOW = 200;

export interface ComposerOptions {
  texts: Texts;
  maxCharacters: number;
  onSend(text: string): void;
  onTyping(typing: boolean): void;
  /** PgUp or PgDn in an empty field. */
  onScroll(direction: 1 | -1): void;
}

export class Composer {
  readonly root: HTMLFormElement;
  private readonly field: HTMLTextAreaElement;
  private readonly button: HTMLButtonElement;
  private readonly count = element('div', { class: 'count', role: 'status' });
  private readonly emojiButton: HTMLButtonElement;
  private emoji: HTMLElement | null = null;

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
    this.emojiButton = element(
      'button',
      { class: 'tool', type: 'button', 'aria-label': texts.emoji, 'aria-expanded': 'false', onclick: () => void this.toggleEmoji() },
      icon(SMILE_ICON),
    );
    this.root = element(
      'form',
      {
        class: 'composer',
        onsubmit: (event: Event) => this.submit(event),
        onkeydown: (event: KeyboardEvent) => this.escape(event),
      },
      element('div', { class: 'field' }, this.field, this.emojiButton, this.button),
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

  /** At the caret. */
  insert(text: string): void {
    const { selectionStart, selectionEnd } = this.field;
    this.field.setRangeText(text, selectionStart, selectionEnd, 'end');
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
    const { texts } = this.options;
    const left = this.charactersLeft;
    const empty = this.field.value.trim() === '';
    // An empty field would take its placeholder for left-to-right.
    this.field.dir = empty ? '' : 'auto';
    // Not `disabled`: a button that loses focus when it is disabled throws keyboard users out.
    this.button.setAttribute('aria-disabled', String(empty || left < 0));
    this.field.setAttribute('aria-invalid', String(left < 0));
    setText(this.count, left < COUNT_BELOW ? fill(left < 0 ? texts.charactersOver : texts.charactersLeft, { n: Math.abs(left) }) : '');
    this.count.classList.toggle('over', left < 0);
    this.resize();
    this.options.onTyping(!empty);
  }

  private async toggleEmoji(): Promise<void> {
    if (this.emoji) {
      this.closeEmoji();
      return;
    }
    try {
      const { emojiGrid } = await import('./emoji.ts');
      if (this.emoji) return;
      this.emoji = emojiGrid(this.options.texts.emoji, (emoji) => this.insert(emoji));
    } catch {
      // No network: every system has a way of its own to write them.
      return;
    }
    this.root.prepend(this.emoji);
    this.emojiButton.setAttribute('aria-expanded', 'true');
    this.emoji.querySelector('button')?.focus({ preventScroll: true });
  }

  private closeEmoji(): void {
    const hadFocus = this.emoji?.contains((this.root.getRootNode() as ShadowRoot).activeElement);
    this.emoji?.remove();
    this.emoji = null;
    this.emojiButton.setAttribute('aria-expanded', 'false');
    if (hadFocus) this.focus();
  }

  /** Closes what is open here before it closes the chat. */
  private escape(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.emoji) return;
    event.stopPropagation();
    this.closeEmoji();
  }

  private keyDown(event: KeyboardEvent): void {
    const page = { PageUp: -1, PageDown: 1 }[event.key] as 1 | -1 | undefined;
    if (page && !this.field.value) {
      event.preventDefault();
      this.options.onScroll(page);
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text || this.charactersLeft < 0) return;
    this.closeEmoji();
    this.options.onSend(text);
    this.text = '';
    this.focus();
  }
}
