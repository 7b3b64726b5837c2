/**
 * Keys that act from anywhere on the page: single letters, one after another (`g i`), and such with the command key.
 *
 * Letters act only while nothing is written in, no dialog or menu is open (those keep their keys to themselves) and the
 * agent has not switched them off; combinations with the command key act always. A key that an input method is using is
 * left alone.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import type { Off } from '../../shared/emitter.ts';

export interface Shortcut {
  /** `e`, `?`, `shift+e`, `g i` for one after another, `mod+k` for Control or Command. */
  keys: string;
  /** False: the key is not taken, and does what it does in the browser. */
  run(): boolean | void;
}

export interface ShortcutOptions {
  shortcuts(): readonly Shortcut[];
  lettersAllowed(): boolean;
  clock?: Clock;
}

/** The second of two keys has to come within this. */
const SEQUENCE_MS = 1_500;

/** Listens until the answered function is called. */
export function listenForShortcuts(target: EventTarget, { shortcuts, lettersAllowed, clock = systemClock }: ShortcutOptions): Off {
  let before: string | null = null;
  let timer: TimerHandle = null;
  const forget = () => {
    clock.clearTimeout(timer);
    before = null;
  };

  const pressed = (event: Event) => {
    const key = keyOf(event as KeyboardEvent);
    if (key === null || event.defaultPrevented) return;
    const command = key.startsWith('mod+');
    if (!command && (!lettersAllowed() || isWriting(event.target))) return forget();
    const all = shortcuts();
    const sequence = before === null ? null : `${before} ${key}`;
    const found = all.find(({ keys }) => keys === sequence) ?? all.find(({ keys }) => keys === key);
    forget();
    if (found) {
      if (found.run() !== false) event.preventDefault();
    } else if (all.some(({ keys }) => keys.startsWith(`${key} `))) {
      before = key;
      timer = clock.setTimeout(forget, SEQUENCE_MS);
    }
  };
  target.addEventListener('keydown', pressed);
  return () => {
    forget();
    target.removeEventListener('keydown', pressed);
  };
}

/** How the key is written in a shortcut; null for what is none: a modifier alone, or one that is being composed. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>): string | null {
  const { key, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
  if (isComposing || altKey || ['Control', 'Shift', 'Alt', 'Meta', 'Dead', 'Process', 'Unidentified'].includes(key)) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const letter = key.length === 1 && /\p{L}/u.test(key);
  // A sign such as `?` is what it is, however many keys it takes.
  const shifted = shiftKey && (letter || key.length > 1) ? 'shift+' : '';
  return `${ctrlKey || metaKey ? 'mod+' : ''}${shifted}${name}`;
}

/** Whether letters go into a text there. */
export function isWriting(target: EventTarget | null): boolean {
  const element = target as Element | null;
  if (typeof element?.closest !== 'function') return false;
  if (element.closest('textarea, select, [contenteditable=""], [contenteditable="true"], dialog, [popover]')) return true;
  const input = element.closest('input');
  return input !== null && !['checkbox', 'radio', 'button', 'submit', 'range'].includes(input.type);
}
