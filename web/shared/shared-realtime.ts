/**
 * Real time for several tabs over the socket of one: the leader subscribes to what any tab wants and
 * passes on what it hears. To a conversation it looks like a `Realtime` of its own.
 *
 * A tab that changes role hears `live` again and fetches what it may have missed in between.
 */

import { Emitter } from './emitter.ts';
import { RealtimeChannel, type Realtime, type RealtimeSource, type RealtimeStatus } from './realtime.ts';
import type { SocketLike } from './pusher-client.ts';
import type { Tabs } from './tabs.ts';

type Relay =
  | { type: 'event'; channel: string; event: string; data: unknown }
  | { type: 'live'; channel: string; live: boolean }
  | { type: 'status'; status: RealtimeStatus }
  | { type: 'want'; channel: string }
  | { type: 'trigger'; channel: string; event: string; data: unknown };

interface Hold {
  channel: RealtimeChannel;
  end(): void;
}

const NOTHING: RealtimeStatus = { provider: null, connected: false };
const SUBSCRIBED = 'pusher:subscription_succeeded';
/** Channels of other tabs, kept for as long as this tab leads; a visitor has a handful of conversations. */
const MAX_RELAYED = 20;

export class SharedRealtime implements RealtimeSource {
  readonly events = new Emitter<{ status: RealtimeStatus }>();
  /** What this tab listens to. */
  private readonly channels = new Map<string, RealtimeChannel>();
  /** What other tabs listen to; they say so again to every new leader. */
  private readonly wantedElsewhere = new Set<string>();
  /** On the leader: the subscriptions behind all of them. */
  private readonly holds = new Map<string, Hold>();
  private relayed: RealtimeStatus = NOTHING;
  private running = false;

  constructor(
    private readonly inner: Realtime,
    private readonly tabs: Tabs,
  ) {
    inner.events.on('status', () => this.announceStatus());
    tabs.events.on('leader', (leads) => this.roleChanged(leads));
    tabs.events.on('changed', () => this.tellWishes());
    tabs.events.on('message', (message) => {
      if (isRelay(message)) this.receive(message.relay);
    });
  }

  get status(): RealtimeStatus {
    return this.tabs.isLeader ? this.inner.status : this.relayed;
  }

  /** Only without other tabs: an event that the leader's socket does not get, the others would miss. */
  get socketId(): string | null {
    return this.tabs.isLeader && this.tabs.alone ? this.inner.socketId : null;
  }

  /** On a tab that follows, a stand-in that says how the leader's is. */
  get socket(): SocketLike | null {
    if (this.tabs.isLeader) return this.inner.socket;
    return this.relayed.connected ? ({ readyState: 1 } as SocketLike) : null;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.tabs.start();
    if (this.tabs.isLeader) this.roleChanged(true);
  }

  /** Another tab takes over. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.tabs.stop();
    this.dropHolds();
    this.inner.stop();
    this.relayed = NOTHING;
    this.allQuiet();
    this.events.emit('status', this.status);
  }

  wake(): void {
    if (this.tabs.isLeader) this.inner.wake();
    else this.tabs.check();
  }

  probe(): void {
    if (this.tabs.isLeader) this.inner.probe();
    else this.tabs.check();
  }

  channel(name: string): RealtimeChannel {
    let channel = this.channels.get(name);
    if (!channel) {
      channel = new RealtimeChannel(name, {
        trigger: (event, data) => this.trigger(name, event, data),
        release: () => this.forget(name),
      });
      this.channels.set(name, channel);
      if (!this.tabs.isLeader) this.relay({ type: 'want', channel: name });
      else if (this.running) this.hold(name);
    }
    channel.hold();
    return channel;
  }

  private roleChanged(leads: boolean): void {
    if (!this.running) return;
    this.allQuiet();
    if (leads) {
      for (const name of [...this.channels.keys(), ...this.wantedElsewhere]) this.hold(name);
      this.inner.start();
      this.announceStatus();
    } else {
      this.dropHolds();
      this.inner.stop();
      this.relayed = NOTHING;
      this.events.emit('status', this.status);
      this.tellWishes();
    }
  }

  /** To a leader that does not know them yet. */
  private tellWishes(): void {
    if (this.tabs.isLeader) return;
    for (const channel of this.channels.keys()) this.relay({ type: 'want', channel });
  }

  private receive(relay: Relay): void {
    const { tabs, channels } = this;
    if (relay.type === 'want') {
      if (this.wantedElsewhere.size < MAX_RELAYED) this.wantedElsewhere.add(relay.channel);
      if (tabs.isLeader && this.running) this.welcome(relay.channel);
    } else if (relay.type === 'trigger') {
      if (tabs.isLeader) this.holds.get(relay.channel)?.channel.trigger(relay.event, relay.data);
    } else if (tabs.isLeader) {
      // The last words of a leader that was replaced.
    } else if (relay.type === 'status') {
      this.relayed = relay.status;
      this.events.emit('status', this.status);
    } else if (relay.type === 'event') {
      channels.get(relay.channel)?.emit(relay.event, relay.data);
    } else if (relay.live) {
      channels.get(relay.channel)?.becameLive(null);
    } else {
      channels.get(relay.channel)?.becameQuiet();
    }
  }

  private welcome(name: string): void {
    this.hold(name);
    this.relay({ type: 'status', status: this.inner.status });
    if (this.holds.get(name)?.channel.live) this.relay({ type: 'live', channel: name, live: true });
  }

  private hold(name: string): void {
    if (this.holds.has(name)) return;
    const inner = this.inner.channel(name);
    const offEvents = inner.onEvent((event, data) => {
      if (event === SUBSCRIBED) return;
      this.channels.get(name)?.emit(event, data);
      this.relay({ type: 'event', channel: name, event, data });
    });
    const live = (isLive: boolean) => {
      if (isLive) this.channels.get(name)?.becameLive(null);
      else this.channels.get(name)?.becameQuiet();
      this.relay({ type: 'live', channel: name, live: isLive });
    };
    const offLive = inner.onLive(live);
    this.holds.set(name, {
      channel: inner,
      end: () => {
        offEvents();
        offLive();
        inner.release();
      },
    });
    if (inner.live) live(true);
  }

  private releaseUnwanted(name: string): void {
    if (this.channels.has(name) || this.wantedElsewhere.has(name)) return;
    this.holds.get(name)?.end();
    this.holds.delete(name);
  }

  private dropHolds(): void {
    for (const hold of this.holds.values()) hold.end();
    this.holds.clear();
  }

  private allQuiet(): void {
    for (const channel of this.channels.values()) channel.becameQuiet();
  }

  private forget(name: string): void {
    this.channels.delete(name);
    this.releaseUnwanted(name);
  }

  private trigger(channel: string, event: string, data: unknown): boolean {
    if (this.tabs.isLeader) return this.holds.get(channel)?.channel.trigger(event, data) ?? false;
    this.relay({ type: 'trigger', channel, event, data });
    return true;
  }

  private announceStatus(): void {
    if (!this.tabs.isLeader) return;
    this.relay({ type: 'status', status: this.inner.status });
    this.events.emit('status', this.status);
  }

  private relay(relay: Relay): void {
    this.tabs.post({ relay });
  }
}

function isRelay(message: unknown): message is { relay: Relay } {
  return typeof (message as { relay?: { type?: unknown } } | null)?.relay?.type === 'string';
}
