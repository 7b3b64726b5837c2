/** Which agents have an inbox open, by the presence channel of the team. Without a socket nobody is known to be there. */

import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';

interface Member {
  user_id: string;
}

interface Members {
  presence?: { ids?: string[] };
}

export class TeamPresence {
  private readonly events = new Emitter<{ change: ReadonlySet<number> }>();
  private readonly offs: Off[] = [];
  private channel: RealtimeChannel | null = null;
  private current: ReadonlySet<number> = new Set();

  /** The ids of the agents who are there, oneself included. */
  get state(): ReadonlySet<number> {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  start(channel: RealtimeChannel): void {
    this.channel = channel;
    this.offs.push(
      channel.onLive((live) => !live && this.set([])),
      channel.bind('pusher:subscription_succeeded', (data: Members | null) => this.set((data?.presence?.ids ?? []).map(Number))),
      channel.bind('pusher:member_added', ({ user_id: id }: Member) => this.set([...this.current, Number(id)])),
      channel.bind('pusher:member_removed', ({ user_id: id }: Member) => this.set([...this.current].filter((known) => known !== Number(id)))),
    );
  }

  stop(): void {
    this.offs.splice(0).forEach((off) => off());
    this.channel?.release();
    this.channel = null;
  }

  private set(ids: readonly number[]): void {
    this.current = new Set(ids);
    this.events.emit('change', this.current);
  }
}
