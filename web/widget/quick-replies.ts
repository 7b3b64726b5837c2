/**
 * Suggested answers below a message. Used ones stay where they are, so that nothing jumps and a
 * reader still finds them, but cannot be chosen again.
 */

import type { QuickReply } from '../shared/types.ts';
import { element } from './dom.ts';
import { webAddress } from '../shared/links.ts';
import { fill, type Texts } from './texts.ts';

/** More would be a page of its own. */
const MAX_REPLIES = 10;

export class QuickReplies {
  readonly root: HTMLElement;
  private shown = '';

  constructor(
    private readonly texts: Texts,
    private readonly onChoose: (text: string) => void,
  ) {
    this.root = element('div', { class: 'replies', role: 'group', 'aria-label': texts.replies, hidden: true });
  }

  /** `answer` is what the visitor wrote afterwards; null while there is nothing. */
  render(replies: readonly QuickReply[], answer: string | null): void {
    const shown = JSON.stringify([replies, answer]);
    if (shown === this.shown) return;
    this.shown = shown;
    const chosen = replies.find(({ text }) => text === answer);
    // An answer in other words makes the suggestions pointless.
    this.root.hidden = replies.length === 0 || (answer !== null && !chosen);
    const hadFocus = this.root.contains((this.root.getRootNode() as ShadowRoot).activeElement);
    const nodes = replies.slice(0, MAX_REPLIES).map((reply) => this.reply(reply, answer !== null, reply === chosen));
    const note = chosen ? [element('span', { class: 'hidden-text' }, fill(this.texts.chosen, { text: chosen.text }))] : [];
    this.root.replaceChildren(...nodes, ...note);
    if (hadFocus) this.root.querySelector<HTMLElement>('.chosen')?.focus({ preventScroll: true });
  }

  private reply({ text, url }: QuickReply, used: boolean, chosen: boolean): HTMLElement {
    const href = url ? webAddress(url) : null;
    if (href) return element('a', { class: 'reply', href, target: '_blank', rel: 'noopener noreferrer', dir: 'auto' }, text);
    const choose = () => {
      if (!used) this.onChoose(text);
    };
    return element(
      'button',
      { class: chosen ? 'reply chosen' : 'reply', type: 'button', dir: 'auto', 'aria-disabled': String(used), onclick: choose },
      text,
    );
  }
}
