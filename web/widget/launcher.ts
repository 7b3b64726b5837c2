/** The round button in the corner of the page, with the number of unread messages. */

import { element, icon } from './dom.ts';

const CHAT_ICON = 'M12 3.5c-5 0-9 3.4-9 7.6 0 2.4 1.3 4.5 3.3 5.9-.1 1-.5 2.2-1.4 3.3 1.9-.2 3.4-.9 4.5-1.8.8.2 1.7.3 2.6.3 5 0 9-3.4 9-7.7s-4-7.6-9-7.6Z';
const CLOSE_ICON = 'm6 9.5 6 6 6-6';
const MAX_SHOWN = 9;

export class Launcher {
  readonly button: HTMLButtonElement;
  private readonly badge = element('span', { class: 'badge', 'aria-hidden': 'true' });
  private unread = 0;
  private isOpen = false;
  /** The app brings the words of its language. */
  private words = { open: 'Open chat', close: 'Close chat', unread: '{n}' };

  constructor(onClick: () => void, onPress: () => void) {
    const open = element('span', { class: 'face chat' }, icon(CHAT_ICON));
    const close = element('span', { class: 'face down' }, icon(CLOSE_ICON));
    this.button = element(
      'button',
      { class: 'launcher', type: 'button', onclick: onClick, onpointerdown: onPress },
      open,
      close,
      this.badge,
    );
    this.label();
  }

  setOpen(open: boolean): void {
    this.isOpen = open;
    this.button.classList.toggle('open', open);
    this.label();
  }

  setUnread(unread: number): void {
    if (unread === this.unread) return;
    this.unread = unread;
    this.badge.textContent = unread > MAX_SHOWN ? `${MAX_SHOWN}+` : unread > 0 ? String(unread) : '';
    this.label();
  }

  setBusy(busy: boolean): void {
    this.button.setAttribute('aria-busy', String(busy));
  }

  setWords(words: Partial<Launcher['words']>): void {
    this.words = { ...this.words, ...words };
    this.label();
  }

  private label(): void {
    const { unread, isOpen, words } = this;
    const count = unread > 0 ? `. ${words.unread.replace('{n}', String(unread))}` : '';
    this.button.setAttribute('aria-label', isOpen ? words.close : words.open + count);
    this.button.setAttribute('aria-expanded', String(isOpen));
  }
}
