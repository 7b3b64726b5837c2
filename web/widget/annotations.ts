/** What a message answers, and what became of it: loaded with the first message that has something of the kind. */

import type { Message } from '../shared/types.ts';
import { element } from './dom.ts';
import { needStyles } from './styles.ts';
import annotationsCss from './styles/annotations.css';
import type { Texts } from './texts.ts';

/** Adds to a bubble that has the message's own text and files. */
export function annotate(bubble: HTMLElement, { reply_to: quote, edited_at: edited, deleted_at: deleted }: Message, texts: Texts): void {
  needStyles(annotationsCss);
  if (quote) {
    const excerpt = element('span', { dir: 'auto' }, quote.excerpt || texts.attachment);
    const name = quote.sender_name ? [element('b', { dir: 'auto' }, quote.sender_name)] : [];
    const body = bubble.querySelector('.name, .hidden-text');
    body?.after(element('blockquote', { class: 'quote' }, ...name, excerpt));
  }
  if (deleted) bubble.append(element('i', { class: 'removed' }, texts.removed));
  else if (edited) bubble.append(element('small', { class: 'edited' }, texts.edited));
}
