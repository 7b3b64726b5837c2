/**
 * Real time for a page: the provider chain, and channels that outlive any one connection.
 *
 * A `RealtimeChannel` belongs to no provider. It is subscribed on every connection that is up or
 * trying, and hears events only from the active one, so a change of provider doubles nothing. What
 * is sent between the loss of one connection and the next subscription is missed here;
 * `live` tells listeners when to fetch.
 */

import type { ChannelGrants } from './chat-api.ts';
import type { Clock } from './clock.ts';
import { callSafely, Emitter, type Listener, type Off } from './emitter.ts';
import { consoleLog, type Log } from './log.ts';
import { PROVIDER_LABELS, ProviderChain, type Provider } from './provider-chain.ts';
import { PusherClient, type SocketLike } from './pusher-client.ts';
import { PollingProvider, SocketProvider } from './socket-provider.ts';
import { socketUrl } from './socket-url.ts';
import type { ProviderName, RealtimeConfig } from './types.ts';

export interface RealtimeOptions {
  config: RealtimeConfig;
  /** Where the chat server is; fills in what the configuration leaves open. */
  baseUrl: string;
  authorize(socketId: string, channels: string[], provider: ProviderName): Promise<ChannelGrants>;
  createSocket?: (url: string) => SocketLike;
  clock?: Clock;
  log?: Log;
}

export interface RealtimeStatus {
  /** Null before the first provider is up. */
  provider: ProviderName | null;
  /** Whether a socket is up; false while polling. */
  connected: boolean;
}

interface RealtimeEvents {
  status: RealtimeStatus;
}

/** What a conversation needs of real time, wherever its socket is. */
export type RealtimeSource = Pick<
  Realtime,
  'events' | 'status' | 'socketId' | 'socket' | 'start' | 'stop' | 'wake' | 'probe' | 'channel'
>;

export class Realtime {
  readonly events = new Emitter<RealtimeEvents>();
  private readonly log: Log;
  private readonly sockets: SocketProvider[] = [];
  private readonly chain: ProviderChain;
  private readonly channels = new Map<string, RealtimeChannel>();
  /** What the last subscription to each channel was answered: it may be the one that makes its connection the active one. */
  private readonly answers = new Map<string, unknown>();
  private activeSocket: SocketProvider | null = null;
  private lastSocket: SocketLike | null = null;
  private lastStatus: RealtimeStatus = { provider: null, connected: false };

  constructor(options: RealtimeOptions) {
    this.log = options.log ?? consoleLog;
    const providers = providerOrder(options.config).map((name) => this.createProvider(name, options));
    this.chain = new ProviderChain(providers, {
      clock: options.clock,
      log: this.log,
      onActive: (provider) => this.activated(provider),
    });
  }

  get status(): RealtimeStatus {
    return this.lastStatus;
  }

  /** To be sent with requests so that their events are not echoed; null without a socket. */
  get socketId(): string | null {
    return this.activeSocket?.client.socketId ?? null;
  }

  /** The WebSocket in use, or the last one there was. */
  get socket(): SocketLike | null {
    return this.activeSocket?.client.socket ?? this.lastSocket;
  }

  start(): void {
    this.chain.start();
  }

  /** Closes every connection; channels keep their listeners for a later `start`. */
  stop(): void {
    this.chain.stop();
  }

  /** The network came back, or the page became visible. */
  wake(): void {
    this.chain.wake();
  }

  /** Somebody counts on the connection at this moment: if it is dead, that is to be noticed soon. */
  probe(): void {
    this.activeSocket?.client.probe();
  }

  /**
   * The channel by its name on the wire (`private-…` included). Every call is one hold on the
   * subscription; it ends when each holder has called `release`.
   */
  channel(name: string): RealtimeChannel {
    let channel = this.channels.get(name);
    if (!channel) {
      channel = new RealtimeChannel(name, {
        trigger: (event, data) => this.activeSocket?.client.trigger(name, event, data) ?? false,
        release: () => this.forget(name),
      });
      this.channels.set(name, channel);
      for (const socket of this.sockets) socket.client.subscribe(name);
    }
    channel.hold();
    return channel;
  }

  private forget(name: string): void {
    this.channels.delete(name);
    this.answers.delete(name);
    for (const socket of this.sockets) {
      socket.client.unsubscribe(name);
      socket.evaluate();
    }
  }

  protected createProvider(name: ProviderName, options: RealtimeOptions): Provider {
    const url = name === 'polling' ? null : urlOf(name, options);
    if (url === null) return new PollingProvider();
    const client = new PusherClient({
      url,
      authorize: (socketId, channels) => options.authorize(socketId, channels, name),
      createSocket: options.createSocket,
      clock: options.clock,
    });
    // These run before the provider's own listeners, so the log has its lines in the order of the
    // events, and a channel that makes its connection the active one becomes live once.
    client.events.on('state', ({ current }) => {
      if (current !== 'connected') return;
      this.lastSocket = client.socket;
      this.log.info(`✓ ${PROVIDER_LABELS[name]} real-time connected`);
    });
    client.events.on('subscribed', ({ channel, data }) => {
      this.log.info(`✓ Subscribed to real-time channel: ${logicalName(channel)} via ${name}`);
      this.answers.set(channel, data);
      if (client === this.activeSocket?.client) this.channels.get(channel)?.becameLive(data);
    });
    client.events.on('event', ({ channel, event, data }) => {
      if (client === this.activeSocket?.client) this.channels.get(channel)?.emit(event, data);
    });
    client.events.on('subscription_error', ({ channel, status, reason }) => {
      this.channels.get(channel)?.emit('pusher:subscription_error', { type: 'AuthError', error: reason, status });
    });
    const provider = new SocketProvider(name, client);
    this.sockets.push(provider);
    return provider;
  }

  private activated(provider: Provider | null): void {
    this.activeSocket = provider instanceof SocketProvider ? provider : null;
    this.lastStatus = { provider: provider?.name ?? null, connected: this.activeSocket !== null };
    if (provider?.name === 'polling') this.log.info('✓ Polling for new messages');
    this.events.emit('status', this.lastStatus);
    for (const channel of this.channels.values()) {
      if (this.activeSocket?.client.isSubscribed(channel.name)) channel.becameLive(this.answers.get(channel.name));
      else channel.becameQuiet();
    }
  }
}

interface ChannelLinks {
  trigger(event: string, data: unknown): boolean;
  release(): void;
}

export class RealtimeChannel {
  private readonly bindings = new Map<string, Set<Listener<unknown>>>();
  private readonly liveListeners = new Set<Listener<boolean>>();
  private readonly eventListeners = new Set<(event: string, data: unknown) => void>();
  private holds = 0;
  private isLive = false;

  constructor(
    /** The name on the wire. */
    readonly name: string,
    private readonly links: ChannelLinks,
  ) {}

  /** Whether events arrive by themselves at this moment. */
  get live(): boolean {
    return this.isLive;
  }

  bind(event: string, listener: Listener<never>): Off {
    let set = this.bindings.get(event);
    if (!set) this.bindings.set(event, (set = new Set()));
    set.add(listener as Listener<unknown>);
    return () => void set.delete(listener as Listener<unknown>);
  }

  /** Without a listener: all of that event's. */
  unbind(event: string, listener?: Listener<never>): void {
    if (listener) this.bindings.get(event)?.delete(listener as Listener<unknown>);
    else this.bindings.delete(event);
  }

  /** Hears every event, whatever its name. */
  onEvent(listener: (event: string, data: unknown) => void): Off {
    this.eventListeners.add(listener);
    return () => void this.eventListeners.delete(listener);
  }

  /** Told `true` at every new subscription, also when the channel was live on another connection before. */
  onLive(listener: Listener<boolean>): Off {
    this.liveListeners.add(listener);
    return () => void this.liveListeners.delete(listener);
  }

  /** A client event to the others on the channel; false when there is no live subscription. */
  trigger(event: string, data: unknown): boolean {
    return this.isLive && this.links.trigger(event, data);
  }

  /** Delivers an event to the listeners; also used to pass on what polling found. */
  emit(event: string, data: unknown): void {
    for (const listener of [...(this.bindings.get(event) ?? [])]) callSafely(listener, data);
    for (const listener of [...this.eventListeners]) callSafely(() => listener(event, data), undefined);
  }

  becameLive(data: unknown): void {
    this.isLive = true;
    this.emit('pusher:subscription_succeeded', data);
    for (const listener of [...this.liveListeners]) callSafely(listener, true);
  }

  becameQuiet(): void {
    if (!this.isLive) return;
    this.isLive = false;
    for (const listener of [...this.liveListeners]) callSafely(listener, false);
  }

  hold(): void {
    this.holds += 1;
  }

  release(): void {
    this.holds -= 1;
    if (this.holds === 0) {
      this.becameQuiet();
      this.links.release();
    }
  }
}

/** Only what is configured, in the order the server gives, polling always last. */
function providerOrder(config: RealtimeConfig): ProviderName[] {
  const usable = config.providers.filter((name) => name !== 'polling' && settingsOf(name, config) !== null);
  return [...new Set(usable), 'polling'];
}

function settingsOf(name: ProviderName, config: RealtimeConfig): { key: string } | null {
  const settings = name === 'pusher' ? config.pusher : name === 'reverb' ? config.reverb : null;
  return settings?.enabled && settings.key ? { key: settings.key } : null;
}

function urlOf(name: ProviderName, options: RealtimeOptions): string | null {
  const settings = settingsOf(name, options.config);
  if (!settings) return null;
  const { pusher, reverb } = options.config;
  if (name === 'pusher' && pusher) {
    const scheme = pusher.encrypted === false ? 'ws' : 'wss';
    const host = pusher.host ?? `ws-${pusher.cluster ?? 'mt1'}.pusher.com`;
    return socketUrl({ key: settings.key, scheme, host, port: pusher.port ?? null }, options.baseUrl);
  }
  const { host = null, port = null, scheme = null } = reverb ?? {};
  return socketUrl({ key: settings.key, scheme, host, port }, options.baseUrl);
}

/** The name as applications write it, without the prefix of the wire. */
function logicalName(wireName: string): string {
  return wireName.replace(/^(private|presence)-/, '');
}
