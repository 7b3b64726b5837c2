/**
 * The part of Laravel Echo's interface that consoles and snippets use, on top of `Realtime`.
 * What Echo holds is its own: `leave` never takes a channel away from the chat itself.
 */

import type { Listener } from './emitter.ts';
import type { RealtimeChannel, RealtimeSource } from './realtime.ts';

const NAMESPACE = 'App.Events';
const CLOSED_SOCKET = { readyState: 3, state: 3 } as const;

export class Echo {
  private readonly held = new Map<string, EchoChannel>();

  constructor(private readonly realtime: RealtimeSource) {}

  /** `socket` is the WebSocket (`state` is an alias of its `readyState`); a closed stand-in before there was one. */
  get connector(): EchoConnector {
    const { realtime } = this;
    return {
      get socket() {
        return (realtime.socket ?? CLOSED_SOCKET) as unknown as EchoSocket;
      },
      get pusher() {
        const state = realtime.status.connected ? 'connected' : 'unavailable';
        return { connection: { state, socket_id: realtime.socketId } };
      },
    };
  }

  channel(name: string): EchoChannel {
    return this.open(name);
  }

  private(name: string): EchoChannel {
    return this.open(`private-${name}`);
  }

  join(name: string): EchoChannel {
    return this.open(`presence-${name}`);
  }

  /** Shorthand for a public channel's `listen`. */
  listen(channel: string, event: string, callback: Listener<never>): EchoChannel {
    return this.channel(channel).listen(event, callback);
  }

  /** Leaves the public, private and presence channel of that name. */
  leave(name: string): void {
    for (const wireName of [name, `private-${name}`, `presence-${name}`]) this.leaveChannel(wireName);
  }

  /** By the name on the wire. */
  leaveChannel(wireName: string): void {
    this.held.get(wireName)?.close();
    this.held.delete(wireName);
  }

  leaveAllChannels(): void {
    for (const wireName of [...this.held.keys()]) this.leaveChannel(wireName);
  }

  /** Undefined without a socket, as in Laravel Echo. */
  socketId(): string | undefined {
    return this.realtime.socketId ?? undefined;
  }

  private open(wireName: string): EchoChannel {
    let channel = this.held.get(wireName);
    if (!channel) this.held.set(wireName, (channel = new EchoChannel(this.realtime.channel(wireName))));
    return channel;
  }
}

export interface EchoSocket {
  readonly readyState: number;
  readonly state: number;
}

export interface EchoConnector {
  readonly socket: EchoSocket;
  readonly pusher: { connection: { state: string; socket_id: string | null } };
}

export class EchoChannel {
  private readonly bound: [event: string, listener: Listener<never>][] = [];

  constructor(private readonly channel: RealtimeChannel) {}

  /** The name on the wire. */
  get name(): string {
    return this.channel.name;
  }

  /** `.Event` is the event's own name; `Event` is one in the application's namespace. */
  listen(event: string, callback: Listener<never>): this {
    return this.bind(formatEvent(event), callback);
  }

  stopListening(event: string, callback?: Listener<never>): this {
    return this.unbind(formatEvent(event), callback);
  }

  listenForWhisper(event: string, callback: Listener<never>): this {
    return this.bind(`client-${event}`, callback);
  }

  stopListeningForWhisper(event: string, callback?: Listener<never>): this {
    return this.unbind(`client-${event}`, callback);
  }

  /** Sent only while there is a live subscription; never queued. */
  whisper(event: string, data: unknown): this {
    this.channel.trigger(`client-${event}`, data);
    return this;
  }

  subscribed(callback: () => void): this {
    if (this.channel.live) callback();
    return this.bind('pusher:subscription_succeeded', callback);
  }

  error(callback: Listener<never>): this {
    return this.bind('pusher:subscription_error', callback);
  }

  /** Takes away this facade's listeners and its hold on the subscription. */
  close(): void {
    for (const [event, listener] of this.bound.splice(0)) this.channel.unbind(event, listener);
    this.channel.release();
  }

  private bind(event: string, callback: Listener<never>): this {
    this.bound.push([event, callback]);
    this.channel.bind(event, callback);
    return this;
  }

  private unbind(event: string, callback?: Listener<never>): this {
    for (let index = this.bound.length - 1; index >= 0; index -= 1) {
      const entry = this.bound[index];
      if (!entry || entry[0] !== event || (callback && entry[1] !== callback)) continue;
      this.channel.unbind(event, entry[1]);
      this.bound.splice(index, 1);
    }
    return this;
  }
}

function formatEvent(event: string): string {
  if (/^[.\\]/.test(event)) return event.slice(1);
  return `${NAMESPACE}.${event}`.replace(/\./g, '\\');
}
