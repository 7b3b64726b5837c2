/**
 * Time and chance as inputs, so that tests decide both.
 * Nothing else in `shared` calls `Date.now`, `setTimeout` or `Math.random`.
 */

export type TimerHandle = unknown;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
  setTimeout(run: () => void, delayMs: number): TimerHandle;
  /** Harmless for a handle that has fired, was cleared before, or is null. */
  clearTimeout(handle: TimerHandle): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
