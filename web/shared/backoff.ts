/**
 * Doubling delays with jitter. Jitter only ever lengthens a delay, so `baseMs` is a promise to the
 * server ("never sooner") and a crowd that was cut off together does not come back together.
 */

import type { Clock } from './clock.ts';

export interface BackoffOptions {
  /** The first delay, and the shortest. */
  baseMs: number;
  /** No delay is longer than this, jitter included. */
  maxMs: number;
}

export const RECONNECT_BACKOFF: BackoffOptions = { baseMs: 1_000, maxMs: 30_000 };

/** How much of a delay the jitter may add. */
const JITTER = 0.5;

export class Backoff {
  private failures = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: BackoffOptions = RECONNECT_BACKOFF,
  ) {}

  /** The delay to wait before the next attempt; each call counts as one more failure. */
  next(): number {
    const { baseMs, maxMs } = this.options;
    const delay = baseMs * 2 ** Math.min(this.failures, 16);
    this.failures += 1;
    return Math.min(maxMs, Math.round(delay * (1 + this.clock.random() * JITTER)));
  }

  reset(): void {
    this.failures = 0;
  }
}
