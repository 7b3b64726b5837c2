/**
 * Tells when something that the team has set up, or the account itself, is another: by the inbox's channel, and by the agent's own for
 * what is theirs alone. Nobody says what changed while a channel was not live; so everything may have changed when it is live again,
 * and every half minute until then.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';

/** Channels are live again one shortly after the other. */
const SOON_MS = 200;
const POLL_MS = 30_000;

export class SettingChanges {
  /** What the server calls it; null: perhaps anything. */
  private readonly events = new Emitter<{ change: string | null }>();
  private readonly offs: Off[] = [];
  private channels: readonly RealtimeChannel[] = [];
  private timer: TimerHandle = null;

  constructor(private readonly clock: Clock = systemClock) {}

  /** Whether changes are told at this moment. */
  get live(): boolean {
    return this.channels.length > 0 && this.channels.every(({ live }) => live);
  }

  /** `what`: as the server calls it. */
  on(what: readonly string[], listener: () => void): Off {
    return this.events.on('change', (changed) => (changed === null || what.includes(changed)) && listener());
  }

  start(channels: readonly RealtimeChannel[]): void {
    this.channels = channels;
    for (const channel of channels) {
      this.offs.push(
        channel.bind('SettingsChanged', ({ what }: { what: string }) => this.events.emit('change', what)),
        channel.onLive((live) => this.lookIn(live ? SOON_MS : POLL_MS)),
      );
    }
    this.lookIn(POLL_MS);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.offs.splice(0).forEach((off) => off());
    for (const channel of this.channels) channel.release();
    this.channels = [];
  }

  private lookIn(delayMs: number): void {
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => {
      this.events.emit('change', null);
      if (!this.live) this.lookIn(POLL_MS);
    }, delayMs);
  }
}
