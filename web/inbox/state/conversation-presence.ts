/**
 * Which colleagues have a conversation open, and which of them are writing an answer: over its presence channel, which only
 * agents may join. Without a socket nobody is known to be there, which is no reason to ask.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';

export interface Colleague {
  id: number;
  name: string;
  answering: boolean;
}

interface Member {
  user_id: string;
  user_info?: { name?: string };
}

interface Members {
  presence?: { ids?: string[]; hash?: Record<string, Member['user_info']> };
}

interface Answering {
  agent_id: number;
  name?: string;
  answering?: boolean;
}

const REPEAT_MS = 3_000;
/** Longer than the repeat, so that one lost word does not flicker. */
const EXPIRES_MS = 5_000;

export class ConversationPresence {
  private readonly events = new Emitter<{ change: Colleague[] }>();
  private readonly clock: Clock;
  private readonly names = new Map<number, string>();
  private readonly answering = new Map<number, TimerHandle>();
  private readonly offs: Off[] = [];
  private snapshot: Colleague[] | null = null;
  private toldAt = -Infinity;

  constructor(
    private readonly channel: Pick<RealtimeChannel, 'bind' | 'onLive' | 'trigger' | 'release'>,
    private readonly own: { id: number; name: string },
    clock: Clock = systemClock,
  ) {
    this.clock = clock;
    this.offs.push(
      channel.onLive((live) => !live && this.empty()),
      channel.bind('pusher:subscription_succeeded', (data: Members | null) => data?.presence && this.replace(data)),
      channel.bind('pusher:member_added', (member: Member) => this.added(member)),
      channel.bind('pusher:member_removed', (member: Member) => this.removed(Number(member.user_id))),
      channel.bind('client-answering', (event: Answering) => this.answers(event)),
    );
  }

  /** The colleagues who are there; those who write an answer come first. */
  get state(): Colleague[] {
    return (this.snapshot ??= [...this.names]
      .map(([id, name]) => ({ id, name, answering: this.answering.has(id) }))
      .sort((a, b) => Number(b.answering) - Number(a.answering) || a.name.localeCompare(b.name)));
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** This agent writes an answer, or has stopped; called as often as one likes. */
  setAnswering(answering: boolean): void {
    const repeated = answering && this.clock.now() - this.toldAt < REPEAT_MS;
    if (repeated || (!answering && this.toldAt === -Infinity)) return;
    this.channel.trigger('client-answering', { agent_id: this.own.id, name: this.own.name, answering });
    this.toldAt = answering ? this.clock.now() : -Infinity;
  }

  stop(): void {
    this.setAnswering(false);
    this.offs.splice(0).forEach((off) => off());
    for (const timer of this.answering.values()) this.clock.clearTimeout(timer);
    this.channel.release();
  }

  private replace({ presence }: Members): void {
    this.names.clear();
    for (const id of presence?.ids ?? []) this.know(id, presence?.hash?.[id]?.name);
    this.changed();
  }

  private added({ user_id: id, user_info: info }: Member): void {
    this.know(id, info?.name);
    this.changed();
  }

  private know(userId: string, name: string | undefined): void {
    const id = Number(userId);
    if (id !== this.own.id) this.names.set(id, name ?? `#${userId}`);
  }

  private removed(id: number): void {
    this.names.delete(id);
    this.forget(id);
    this.changed();
  }

  private answers({ agent_id: id, answering = true }: Answering): void {
    // Whoever is not on the channel any more has left with what they were writing.
    if (!this.names.has(id)) return;
    this.forget(id);
    if (answering) this.answering.set(id, this.clock.setTimeout(() => this.expired(id), EXPIRES_MS));
    this.changed();
  }

  private expired(id: number): void {
    this.answering.delete(id);
    this.changed();
  }

  private forget(id: number): void {
    this.clock.clearTimeout(this.answering.get(id) ?? null);
    this.answering.delete(id);
  }

  private empty(): void {
    for (const id of [...this.names.keys()]) this.forget(id);
    this.names.clear();
    this.changed();
  }

  private changed(): void {
    this.snapshot = null;
    this.events.emit('change', this.state);
  }
}
