/** A wait of a loop that news can cut short. One loop, one pause: it waits in one place at a time. */

import type { Clock, TimerHandle } from './clock.ts';

export class Pause {
  private cut: (() => void) | null = null;

  constructor(private readonly clock: Clock) {}

  /** Waits for the delay (null: for ever), or until it is ended if that may cut it short. */
  wait(delayMs: number | null, interruptible = true): Promise<void> {
    return new Promise((resolve) => {
      let timer: TimerHandle = null;
      const end = () => {
        this.clock.clearTimeout(timer);
        this.cut = null;
        resolve();
      };
      if (interruptible) this.cut = end;
      if (delayMs !== null) timer = this.clock.setTimeout(end, delayMs);
    });
  }

  /** Ends a wait that may be cut short; without one it does nothing. */
  end(): void {
    this.cut?.();
  }
}
