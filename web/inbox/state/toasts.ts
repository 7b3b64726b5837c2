/**
 * What was just done, told for a moment, with a way back. Newest last; the oldest goes when there are more than fit.
 * A toast waits while somebody points at it or has the keyboard on it.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import { text } from '../text.ts';

export interface Toast {
  id: number;
  message: string;
  tone: 'done' | 'error';
  /** What can be done about it: usually to take it back. The toast goes when it is done. */
  action: { label: string; run(): void } | null;
  /** Whether the action takes back what was done. */
  undoes: boolean;
}

export interface ToastOptions {
  tone?: Toast['tone'];
  undo?: () => void;
  /** Another action; such a toast stays until it is dismissed. */
  action?: { label: string; run(): void };
}

/** Long enough to read a sentence. */
const SHOWN_MS = 5_000;
/** Changing one's mind takes longer than reading. */
const UNDO_MS = 10_000;
const MOST = 3;

export class Toasts {
  private readonly events = new Emitter<{ change: readonly Toast[] }>();
  private readonly timers = new Map<number, TimerHandle>();
  private readonly staying = new Set<number>();
  private list: readonly Toast[] = [];
  private nextId = 1;
  private held = false;

  constructor(private readonly clock: Clock = systemClock) {}

  get state(): readonly Toast[] {
    return this.list;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** Answers its id, for `dismiss`. */
  show(message: string, { tone = 'done', undo, action }: ToastOptions = {}): number {
    const taken = action ?? (undo ? { label: text.undo, run: undo } : null);
    const toast = { id: this.nextId++, message, tone, action: taken, undoes: undo !== undefined };
    // The same words twice say nothing more.
    const same = this.list.find((old) => !taken && !old.action && old.message === message && old.tone === tone);
    if (same) this.dismiss(same.id);
    for (const old of this.list.slice(0, Math.max(0, this.list.length + 1 - MOST))) this.dismiss(old.id);
    this.set([...this.list, toast]);
    if (!action) this.schedule(toast);
    else this.staying.add(toast.id);
    return toast.id;
  }

  dismiss(id: number): void {
    this.clock.clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    this.staying.delete(id);
    this.set(this.list.filter((toast) => toast.id !== id));
  }

  /** Does what the toast offers. */
  act(id: number): void {
    const toast = this.list.find((candidate) => candidate.id === id);
    this.dismiss(id);
    toast?.action?.run();
  }

  /** The newest that can be taken back; what a key does. */
  undoLast(): void {
    const last = [...this.list].reverse().find(({ undoes }) => undoes);
    if (last) this.act(last.id);
  }

  /** While held, nothing goes by itself; afterwards each has its whole time again. */
  hold(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    for (const toast of this.list) this.schedule(toast);
  }

  private schedule({ id, undoes }: Toast): void {
    this.clock.clearTimeout(this.timers.get(id));
    if (this.held || this.staying.has(id)) return;
    this.timers.set(id, this.clock.setTimeout(() => this.dismiss(id), undoes ? UNDO_MS : SHOWN_MS));
  }

  private set(list: readonly Toast[]): void {
    this.list = list;
    this.events.emit('change', list);
  }
}
