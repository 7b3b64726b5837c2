/** Changes the text of a field as if it had been typed, so that the browser's undo takes it back. */

import type { Edited } from './formatting.ts';

export function applyEdit(field: HTMLTextAreaElement, { text, start, end }: Edited): void {
  const before = field.value;
  if (text !== before) {
    let from = 0;
    while (from < before.length && from < text.length && before[from] === text[from]) from += 1;
    let tail = 0;
    while (tail < Math.min(before.length, text.length) - from && before[before.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
    const added = text.slice(from, text.length - tail);
    field.focus();
    field.setSelectionRange(from, before.length - tail);
    const typed = added ? document.execCommand('insertText', false, added) : document.execCommand('delete');
    if (!typed) {
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }
  field.setSelectionRange(start, end);
}

/** Puts a text in the place of what stands between two positions; the caret goes behind it. */
export function replaceRange(field: HTMLTextAreaElement, from: number, to: number, added: string): void {
  const at = from + added.length;
  applyEdit(field, { text: field.value.slice(0, from) + added + field.value.slice(to), start: at, end: at });
}
