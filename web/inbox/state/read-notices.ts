/**
 * Takes notifications away whose conversations were read, here or on another screen. The browser is asked a moment later, and
 * once for all that was read by then.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import type { NoticeData } from '../pushed.ts';

const SOON_MS = 500;
/** More were not shown at once by anybody; what is beyond stays until it is looked at. */
const MOST = 500;

export class ReadNotices {
  private readonly read = new Set<number>();
  private mentionsRead = false;
  private timer: TimerHandle = null;

  constructor(
    private readonly close: (isOver: (data: NoticeData) => boolean) => Promise<void>,
    private readonly clock: Clock = systemClock,
  ) {}

  conversation(id: number): void {
    if (this.read.size < MOST) this.read.add(id);
    this.soon();
  }

  /** The agent has seen where it is mentioned. */
  mentions(): void {
    this.mentionsRead = true;
    this.soon();
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
  }

  private soon(): void {
    this.timer ??= this.clock.setTimeout(() => this.flush(), SOON_MS);
  }

  private flush(): void {
    const read = new Set(this.read);
    const { mentionsRead } = this;
    this.timer = null;
    this.read.clear();
    this.mentionsRead = false;
    // A mention is read by itself, not with the conversation's messages.
    void this.close(({ conversationId, mention }) => (mention ? mentionsRead : conversationId !== null && read.has(conversationId)));
  }
}
