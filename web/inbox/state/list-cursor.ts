/**
 * Where the keyboard is in the list, and which rows are ticked for an action on all of them. Rows are named by their
 * conversation, so that both stay where they are while the list moves.
 */

import { Emitter, type Off } from '../../shared/emitter.ts';

export interface ListCursorState {
  /** The row that has the keyboard or had it last; null before it was in the list. */
  at: number | null;
  ticked: ReadonlySet<number>;
}

/** What one action may be asked for at once. */
export const MOST_TICKED = 1_000;

export class ListCursor {
  private readonly events = new Emitter<{ change: ListCursorState; focus: number }>();
  private current: ListCursorState = { at: null, ticked: new Set() };
  /** Where a range of ticks begins. */
  private from: number | null = null;

  get state(): ListCursorState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** The list is asked to bring a row into view and the keyboard on it. */
  onFocus(listener: (id: number) => void): Off {
    return this.events.on('focus', listener);
  }

  /** The keyboard came to a row by itself. */
  note(id: number | null): void {
    if (id !== this.current.at) this.set({ ...this.current, at: id });
  }

  /** Puts the keyboard on a row. */
  focus(id: number): void {
    this.note(id);
    this.events.emit('focus', id);
  }

  toggle(id: number): void {
    const ticked = new Set(this.current.ticked);
    if (!ticked.delete(id) && ticked.size < MOST_TICKED) ticked.add(id);
    this.from = id;
    this.set({ ...this.current, ticked });
  }

  /** Ticks everything from the last ticked row to this one, in the order of the list. */
  extend(id: number, order: readonly number[]): void {
    const [start, end] = [order.indexOf(this.from ?? id), order.indexOf(id)].sort((a, b) => a - b) as [number, number];
    this.tick(order.slice(Math.max(0, start), end + 1));
  }

  tick(ids: readonly number[]): void {
    const ticked = new Set(this.current.ticked);
    for (const id of ids) if (ticked.size < MOST_TICKED) ticked.add(id);
    this.set({ ...this.current, ticked });
  }

  clear(): void {
    this.from = null;
    if (this.current.ticked.size > 0) this.set({ ...this.current, ticked: new Set() });
  }

  private set(state: ListCursorState): void {
    this.current = state;
    this.events.emit('change', state);
  }
}
