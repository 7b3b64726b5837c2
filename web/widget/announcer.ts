/**
 * What screen readers are told. New text goes into a hidden live region and is taken out again, so
 * that nobody finds it there when reading on; the visible log is not a live region itself.
 */

import { element } from './dom.ts';

/** Removed sooner, some readers do not speak it. */
const KEEP_MS = 1_000;

export class Announcer {
  readonly root = element('div', { class: 'hidden-text', 'aria-live': 'polite', 'aria-relevant': 'additions' });

  say(text: string): void {
    const line = element('p', {}, text);
    this.root.append(line);
    setTimeout(() => line.remove(), KEEP_MS);
  }
}
