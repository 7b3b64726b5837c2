/**
 * Who is writing: tells the other side sparingly, and believes the other side only for a while.
 * Nothing of it is stored, repeated or waited for.
 */

import type { Clock, TimerHandle } from './clock.ts';
import type { Role, TypingWhisper } from './types.ts';

const REPEAT_MS = 3_000;
/** Longer than the repeat, so that one lost whisper does not flicker. */
const EXPIRES_MS = 5_000;

export interface TypingOptions {
  role: Role;
  senderName: string | null;
  clock: Clock;
  whisper(whisper: TypingWhisper): void;
  /** `peer` is another one. */
  onChange(): void;
}

export class Typing {
  private sentAt = -Infinity;
  private current: { name: string | null } | null = null;
  private timer: TimerHandle = null;

  constructor(private readonly options: TypingOptions) {}

  /** The one on the other side who is writing. */
  get peer(): { name: string | null } | null {
    return this.current;
  }

  /** Our own side writes, or has stopped; called as often as one likes. */
  set(typing: boolean): void {
    const { clock, role, senderName } = this.options;
    const repeated = typing && clock.now() - this.sentAt < REPEAT_MS;
    if (repeated || (!typing && this.sentAt === -Infinity)) return;
    this.options.whisper({ sender_type: role, name: senderName, typing });
    this.sentAt = typing ? clock.now() : -Infinity;
  }

  /** Our own message was sent, which says by itself that the writing is over. */
  sent(): void {
    this.sentAt = -Infinity;
  }

  receive(whisper: TypingWhisper): void {
    if (whisper.sender_type === this.options.role) return;
    this.change(whisper.typing ? { name: whisper.name ?? null } : null);
  }

  clear(): void {
    if (this.current) this.change(null);
  }

  stop(): void {
    this.options.clock.clearTimeout(this.timer);
    this.current = null;
  }

  private change(peer: { name: string | null } | null): void {
    const { clock, onChange } = this.options;
    clock.clearTimeout(this.timer);
    this.current = peer;
    if (peer) this.timer = clock.setTimeout(() => this.change(null), EXPIRES_MS);
    onChange();
  }
}
