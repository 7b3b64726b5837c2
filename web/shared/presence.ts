/** Presence channels: which colleagues are there, and who of them answers at this moment. */

import type { Clock, TimerHandle } from './clock.ts';
import { Emitter, type Off } from './emitter.ts';
import { asObject } from './pusher-frame.ts';
import type { RealtimeChannel } from './realtime.ts';

/** An agent that is there. */
export interface Member {
  id: number;
  name: string;
}

const SUBSCRIBED = 'pusher:subscription_succeeded';
const ADDED = 'pusher:member_added';
const REMOVED = 'pusher:member_removed';
const ANSWERING = 'client-answering';
/** How often one's own answering is told. */
const REPEAT_MS = 3_000;
/** Longer than the repeat, so that one lost event does not flicker. */
const EXPIRES_MS = 5_000;

export interface PresenceOptions {
  channel: RealtimeChannel;
  /** The agent who looks: no colleague of its own. */
  self: Member;
  clock: Clock;
}

/** The colleagues in one presence channel. */
export class Presence {
  readonly events = new Emitter<{ changed: Presence }>();
  private readonly members = new Map<number, Member>();
  private readonly answeringNow = new Map<number, { member: Member; timer: TimerHandle }>();
  private readonly offs: Off[];
  private toldAt = -Infinity;

  constructor(private readonly options: PresenceOptions) {
    const { channel } = options;
    this.offs = [
      channel.bind(SUBSCRIBED, (data: unknown) => this.begin(data)),
      channel.bind(ADDED, (data: unknown) => this.add(data)),
      channel.bind(REMOVED, (data: unknown) => this.remove(data)),
      channel.bind(ANSWERING, (data: unknown) => this.answers(data)),
      // Who is there is not known while nobody tells.
      channel.onLive((live) => !live && this.begin(null)),
    ];
  }

  /** The others who are there, by name. */
  get colleagues(): Member[] {
    return [...this.members.values()].sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
  }

  /** Those of the others who write an answer at this moment. */
  get answering(): Member[] {
    return [...this.answeringNow.values()].map(({ member }) => member);
  }

  /** We write an answer; called as often as one likes. */
  tellAnswering(): void {
    const { clock, channel, self } = this.options;
    if (clock.now() - this.toldAt < REPEAT_MS) return;
    if (channel.trigger(ANSWERING, { agent_id: self.id, name: self.name })) this.toldAt = clock.now();
  }

  /** Leaves the channel. */
  stop(): void {
    for (const off of this.offs) off();
    for (const id of [...this.answeringNow.keys()]) this.forgetAnswering(id);
    this.options.channel.release();
  }

  private begin(data: unknown): void {
    const hash = asObject(asObject(asObject(data)['presence'])['hash']);
    this.members.clear();
    for (const [id, info] of Object.entries(hash)) this.keep(id, info);
    for (const id of [...this.answeringNow.keys()]) if (!this.members.has(id)) this.forgetAnswering(id);
    this.changed();
  }

  private add(data: unknown): void {
    const fields = asObject(data);
    this.keep(fields['user_id'], fields['user_info']);
    this.changed();
  }

  private remove(data: unknown): void {
    const id = Number(asObject(data)['user_id']);
    this.members.delete(id);
    this.forgetAnswering(id);
    this.changed();
  }

  private answers(data: unknown): void {
    const id = Number(asObject(data)['agent_id']);
    // The name is the one that the server vouched for.
    const member = this.members.get(id);
    if (!member) return;
    this.forgetAnswering(id);
    const timer = this.options.clock.setTimeout(() => {
      this.answeringNow.delete(id);
      this.changed();
    }, EXPIRES_MS);
    this.answeringNow.set(id, { member, timer });
    this.changed();
  }

  private keep(userId: unknown, info: unknown): void {
    const id = Number(userId);
    const name = asObject(info)['name'];
    if (id === this.options.self.id || typeof name !== 'string') return;
    this.members.set(id, { id, name });
  }

  private forgetAnswering(id: number): void {
    this.options.clock.clearTimeout(this.answeringNow.get(id)?.timer ?? null);
    this.answeringNow.delete(id);
  }

  private changed(): void {
    this.events.emit('changed', this);
  }
}
