/**
 * The text field and its send button. Enter sends and Shift+Enter begins a line; while an input
 * method is composing a word, Enter belongs to it.
 */

import { element, icon, setText } from './dom.ts';
import type { OutboxUpload } from '../shared/outbox.ts';
import type { Spoken } from './locale.ts';
import { needStyles } from './styles.ts';
import composerCss from './styles/composer.css';
import { fill } from './texts.ts';
import { Tray } from './tray.ts';
import type { UploadRules } from '../shared/upload-rules.ts';

const SEND_ICON = 'M12 19V5m0 0-6 6m6-6 6 6';
const SMILE_ICON = 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.500 14.500c1.800 2.300 5.200 2.300 7 0M9 9.500v.01M15 9.500v.01';
const CLIP_ICON = 'm20 11.500-8.200 8a5 5 0 0 1-7-7.100l8.500-8.400a3.400 3.400 0 0 1 4.800 4.800l-8.400 8.300a1.700 1.700 0 0 1-2.400-2.400l7.500-7.400';
const MIC_ICON = 'M12 15a3.500 3.500 0 0 0 3.500-3.500v-5a3.500 3.500 0 0 0-7 0v5A3.500 3.500 0 0 0 12 15Zm-6.500-3.500a6.500 6.500 0 0 0 13 0M12 18v3';
/** The remaining length is shown when it becomes scarce. */
const COUNT_BELOW = 200;

export interface ComposerOptions {
  spoken: Spoken;
  /** Null: no files. */
  uploads: UploadRules | null;
  /** The longest voice message; null: none. */
  voiceSeconds: number | null;
  maxCharacters: number;
  onSend(text: string, upload: OutboxUpload | null): void;
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
  private readonly tray: Tray | null;
  private readonly microphone: HTMLButtonElement;
  private readonly line: HTMLElement;
  private readonly recorder = element('div', { class: 'field recorder', hidden: true });

  constructor(private readonly options: ComposerOptions) {
    needStyles(composerCss);
    const { spoken, uploads } = options;
    const { texts } = spoken;
    this.tray = uploads && new Tray(uploads, texts, spoken.locale, () => this.changed());
    const picker = element('input', {
      type: 'file',
      multiple: true,
      hidden: true,
      accept: uploads?.accept.join(',') ?? '',
      onchange: () => {
        this.attach([...(picker.files ?? [])]);
        picker.value = '';
      },
    });
    const clip = element(
      'button',
      { class: 'tool', type: 'button', 'aria-label': texts.attach, hidden: uploads === null, onclick: () => picker.click() },
      icon(CLIP_ICON),
    );
    this.microphone = element(
      'button',
      { class: 'tool mic', type: 'button', 'aria-label': texts.record, onclick: () => void this.recordVoice() },
      icon(MIC_ICON),
    );
    this.field = element('textarea', {
      rows: 1,
      'aria-label': texts.messageLabel,
      placeholder: texts.placeholder,
      autocomplete: 'off',
      enterkeyhint: 'send',
      oninput: () => this.changed(),
      onkeydown: (event: KeyboardEvent) => this.keyDown(event),
      onpaste: (event: ClipboardEvent) => this.pasted(event),
      onblur: () => options.onTyping(false),
    });
    this.button = element('button', { class: 'send', type: 'submit', 'aria-label': texts.send }, icon(SEND_ICON));
    this.emojiButton = element(
      'button',
      { class: 'tool smile', type: 'button', 'aria-label': texts.emoji, 'aria-expanded': 'false', onclick: () => void this.toggleEmoji() },
      icon(SMILE_ICON),
    );
    this.line = element('div', { class: 'field' }, clip, this.field, this.emojiButton, this.microphone, this.button);
    this.root = element(
      'form',
      {
        class: 'composer',
        onsubmit: (event: Event) => this.submit(event),
        onkeydown: (event: KeyboardEvent) => this.escape(event),
      },
      this.tray?.root ?? null,
      this.line,
      this.recorder,
      picker,
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

  /** Files to be sent with the next message; without a place for them nothing happens. */
  attach(files: readonly File[]): void {
    if (files.length === 0 || !this.tray) return;
    this.tray.add(files);
    this.focus();
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
    const { texts } = this.options.spoken;
    const left = this.charactersLeft;
    const blank = this.field.value.trim() === '';
    const empty = blank && (this.tray?.isEmpty ?? true);
    // An empty field would take its placeholder for left-to-right.
    this.field.dir = blank ? '' : 'auto';
    // Not `disabled`: a button that loses focus when it is disabled throws keyboard users out.
    this.button.setAttribute('aria-disabled', String(empty || left < 0));
    this.field.setAttribute('aria-invalid', String(left < 0));
    setText(this.count, left < COUNT_BELOW ? fill(left < 0 ? texts.charactersOver : texts.charactersLeft, { n: Math.abs(left) }) : '');
    this.count.classList.toggle('over', left < 0);
    this.resize();
    this.microphone.hidden = this.options.voiceSeconds === null || !empty;
    this.button.hidden = !this.microphone.hidden;
    this.options.onTyping(!blank);
  }

  private async toggleEmoji(): Promise<void> {
    if (this.emoji) {
      this.closeEmoji();
      return;
    }
    try {
      const { emojiGrid } = await import('./emoji.ts');
      if (this.emoji) return;
      this.emoji = emojiGrid(this.options.spoken.texts.emoji, (emoji) => this.insert(emoji));
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

  private pasted(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || !this.tray) return;
    event.preventDefault();
    this.attach(files);
  }

  private async recordVoice(): Promise<void> {
    const { spoken, voiceSeconds, onSend } = this.options;
    if (voiceSeconds === null || !this.recorder.hidden) return;
    this.closeEmoji();
    setText(this.count, '');
    try {
      const { record } = await import('./recorder.ts');
      const recorded = record(this.recorder, spoken, voiceSeconds);
      this.line.hidden = true;
      this.recorder.hidden = false;
      const recording = await recorded;
      if (recording) {
        const { blob, name, durationMs } = recording;
        onSend('', { kind: 'voice', files: [{ blob, name }], durationMs });
      }
    } catch {
      setText(this.count, spoken.texts.noMicrophone);
    }
    this.recorder.replaceChildren();
    this.recorder.hidden = true;
    this.line.hidden = false;
    this.focus();
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
    const files = this.tray?.isEmpty === false;
    if ((!text && !files) || this.charactersLeft < 0) return;
    this.closeEmoji();
    const upload = files && this.tray ? { kind: 'file' as const, files: this.tray.take() } : null;
    this.options.onSend(text, upload);
    this.text = '';
    this.focus();
  }
}
