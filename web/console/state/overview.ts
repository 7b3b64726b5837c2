/** The server's counts, asked for once a second while somebody can see them. */

import { Emitter, type Off } from '../../shared/emitter.ts';
import type { ConsoleApi, OverviewAnswer } from '../console-api.ts';
import { extend, type History } from './rates.ts';

const EVERY_MS = 1_000;

export interface OverviewState {
  answer: OverviewAnswer | null;
  history: History | null;
  /** Whether the last question was answered. */
  reachable: boolean;
}

export class Overview {
  private readonly events = new Emitter<{ change: OverviewState }>();
  private current: OverviewState = { answer: null, history: null, reachable: true };
  private timer: ReturnType<typeof setTimeout> | null = null;
  private stopped = false;

  constructor(private readonly api: Pick<ConsoleApi, 'overview'>) {}

  get state(): OverviewState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  start(): void {
    this.stopped = false;
    void this.ask();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    try {
      const answer = await this.api.overview();
      this.set({ answer, history: extend(this.current.history, answer), reachable: true });
    } catch {
      this.set({ ...this.current, reachable: false });
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.ask(), EVERY_MS);
  }

  private set(state: OverviewState): void {
    this.current = state;
    if (!this.stopped) this.events.emit('change', state);
  }
}
