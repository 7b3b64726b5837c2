/**
 * How many conversations there are behind each entry of the navigation. Asked for again a moment after something has
 * changed, and not more often than one can look.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { ConversationCounts, InboxApi } from '../inbox-api.ts';

/** Several changes at once are one question. */
const SOON_MS = 400;
/** Between two questions while much happens. */
const LEAST_MS = 3_000;

export class Counts {
  private readonly events = new Emitter<{ change: ConversationCounts | null }>();
  private current: ConversationCounts | null = null;
  private timer: TimerHandle = null;
  private askedAt = -Infinity;
  private stopped = false;

  constructor(
    private readonly api: Pick<InboxApi, 'counts'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Null before the first answer. */
  get state(): ConversationCounts | null {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** Something has changed that may be counted. */
  changed(): void {
    if (this.stopped || this.timer !== null) return;
    const wait = Math.max(SOON_MS, this.askedAt + LEAST_MS - this.clock.now());
    this.timer = this.clock.setTimeout(() => void this.ask(), wait);
  }

  /** Without waiting: at the start. */
  async ask(): Promise<void> {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.askedAt = this.clock.now();
    try {
      const counts = await this.api.counts();
      if (this.stopped) return;
      this.current = counts;
      this.events.emit('change', counts);
    } catch {
      // Older counts are better than none; the next change asks again.
    }
  }

  stop(): void {
    this.stopped = true;
    this.clock.clearTimeout(this.timer);
  }
}
