/**
 * A small client for the Pusher protocol, version 7, over one WebSocket.
 *
 * It keeps the connection up by itself (close codes, back-off, activity timeout) and keeps its
 * subscriptions: channels asked for while there is no connection are subscribed on the next one.
 * It does not replay what was missed meanwhile; whoever needs that listens for `subscribed` and fetches.
 */

import { Backoff } from './backoff.ts';
import { systemClock, type Clock, type TimerHandle } from './clock.ts';
import type { ChannelGrants } from './chat-api.ts';
import { Emitter } from './emitter.ts';
import { asObject, errorData, parseFrame, type Frame } from './pusher-frame.ts';

/** pusher-js's names: `unavailable` waits for the next attempt, `failed` was refused for good. */
export type ConnectionState =
  | 'initialized'
  | 'connecting'
  | 'connected'
  | 'unavailable'
  | 'failed'
  | 'disconnected';

/** The part of a WebSocket that is used; a test brings its own. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface PusherClientOptions {
  /** Complete WebSocket URL, query included. */
  url: string;
  /** Asks the application for the signatures of private and presence channels, all in one request. */
  authorize(socketId: string, channels: string[]): Promise<ChannelGrants>;
  createSocket?: (url: string) => SocketLike;
  clock?: Clock;
}

export interface ChannelEvent {
  channel: string;
  event: string;
  data: unknown;
}

export interface SubscriptionError {
  channel: string;
  /** HTTP-like status, 0 when the application could not be asked. */
  status: number;
  reason: string;
}

interface ClientEvents {
  state: { previous: ConnectionState; current: ConnectionState };
  /** An event of the application on one of the channels, client events included. */
  event: ChannelEvent;
  subscribed: { channel: string; data: unknown };
  subscription_error: SubscriptionError;
  /** `pusher:error` on an established connection: only informative. */
  error: { code: number | null; message: string };
}

type SubscriptionState = 'wanted' | 'authorizing' | 'sent' | 'subscribed' | 'refused';

/** The longest silence we accept before asking for a sign of life; the server may ask for less. */
const ACTIVITY_TIMEOUT_MS = 120_000;
const PONG_TIMEOUT_MS = 10_000;
/** Somebody is looking or writing at this moment: with it, another way takes over within three seconds. */
const QUICK_PONG_TIMEOUT_MS = 2_500;
/** Slow networks need seconds for TCP, TLS and the upgrade; another provider serves meanwhile. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that lived this long proves the server well, and the back-off starts over. */
const STABLE_AFTER_MS = 5_000;
/** Channels per authorization request. */
const AUTH_BATCH = 100;

const NORMAL_CLOSE = 1000;
/** What a socket reports that closed without a close frame. */
const ABNORMAL_CLOSE = 1006;

export class PusherClient {
  readonly events = new Emitter<ClientEvents>();
  private readonly clock: Clock;
  private readonly createSocket: (url: string) => SocketLike;
  private readonly reconnectBackoff: Backoff;
  private readonly authBackoff: Backoff;
  private readonly subscriptions = new Map<string, SubscriptionState>();

  private currentState: ConnectionState = 'initialized';
  private currentSocket: SocketLike | null = null;
  private currentSocketId: string | null = null;
  private establishedAt: number | null = null;
  private immediateRetryUsed = false;
  private activityTimeoutMs = ACTIVITY_TIMEOUT_MS;
  private awaitingPong = false;
  private lastReason = '';

  private connectTimer: TimerHandle = null;
  private retryTimer: TimerHandle = null;
  private activityTimer: TimerHandle = null;
  private authRetryTimer: TimerHandle = null;
  private flushScheduled = false;

  constructor(private readonly options: PusherClientOptions) {
    this.clock = options.clock ?? systemClock;
    this.createSocket = options.createSocket ?? ((url) => new WebSocket(url) as SocketLike);
    this.reconnectBackoff = new Backoff(this.clock);
    this.authBackoff = new Backoff(this.clock);
  }

  get state(): ConnectionState {
    return this.currentState;
  }

  get socketId(): string | null {
    return this.currentSocketId;
  }

  /** The latest WebSocket, open or not. */
  get socket(): SocketLike | null {
    return this.currentSocket;
  }

  /** Why the last connection or attempt ended. */
  get reason(): string {
    return this.lastReason;
  }

  /** Does nothing when already connected or trying. */
  connect(): void {
    if (['connecting', 'connected', 'unavailable'].includes(this.currentState)) return;
    this.reconnectBackoff.reset();
    this.open();
  }

  /** Closes the connection and stays closed; the subscriptions are remembered for a later `connect`. */
  disconnect(): void {
    this.clearTimers();
    this.dropSocket(NORMAL_CLOSE);
    this.setState('disconnected');
  }

  /** Attempts at once what is waiting for its back-off, and makes a connected socket prove it is alive. */
  wake(): void {
    if (this.currentState === 'unavailable') {
      this.clock.clearTimeout(this.retryTimer);
      this.open();
    } else if (this.currentState === 'connected') {
      this.ping(QUICK_PONG_TIMEOUT_MS);
    }
  }

  /** Makes a connected socket prove it is alive, unless it is being asked already; nothing else says that a line is silent. */
  probe(): void {
    if (this.currentState === 'connected' && !this.awaitingPong) this.ping(QUICK_PONG_TIMEOUT_MS);
  }

  subscribe(channel: string): void {
    if (this.subscriptions.has(channel)) return;
    this.subscriptions.set(channel, 'wanted');
    this.scheduleFlush();
  }

  unsubscribe(channel: string): void {
    const state = this.subscriptions.get(channel);
    this.subscriptions.delete(channel);
    if (state === 'sent' || state === 'subscribed') this.send('pusher:unsubscribe', { channel });
  }

  isSubscribed(channel: string): boolean {
    return this.subscriptions.get(channel) === 'subscribed';
  }

  /** How the subscriptions stand, for those who choose between connections. */
  subscriptionSummary(): { wanted: number; subscribed: number; refused: number } {
    const states = [...this.subscriptions.values()];
    const count = (wanted: SubscriptionState) => states.filter((state) => state === wanted).length;
    return { wanted: states.length, subscribed: count('subscribed'), refused: count('refused') };
  }

  /** Sends a client event (`client-…`); false when it could not be sent now. Never queued. */
  trigger(channel: string, event: string, data: unknown): boolean {
    if (!this.isSubscribed(channel)) return false;
    return this.send(event, data, channel);
  }

  private open(): void {
    this.setState('connecting');
    let socket: SocketLike;
    try {
      socket = this.createSocket(this.options.url);
    } catch (error) {
      // A malformed URL or a policy of the page: the same answer every time, but a policy may change.
      this.lost(ABNORMAL_CLOSE, error instanceof Error ? error.message : String(error));
      return;
    }
    this.currentSocket = socket;
    aliasReadyState(socket);
    socket.onmessage = (event) => socket === this.currentSocket && this.received(event.data);
    socket.onclose = (event) => socket === this.currentSocket && this.lost(event.code, event.reason);
    socket.onerror = null;
    this.connectTimer = this.clock.setTimeout(() => {
      this.lost(ABNORMAL_CLOSE, 'no answer in time');
    }, CONNECT_TIMEOUT_MS);
  }

  private received(raw: unknown): void {
    const frame = parseFrame(raw);
    if (!frame) return;
    if (this.currentState === 'connecting') {
      if (frame.event === 'pusher:connection_established') this.established(frame.data);
      else if (frame.event === 'pusher:error') this.refusedBeforeEstablished(frame.data);
      return;
    }
    this.armActivityTimer();
    this.dispatch(frame);
  }

  private dispatch(frame: Frame): void {
    const { event, channel, data } = frame;
    if (event === 'pusher:ping') {
      this.send('pusher:pong', {});
    } else if (event === 'pusher:error') {
      this.events.emit('error', errorData(data));
    } else if (!channel) {
      return;
    } else if (event === 'pusher_internal:subscription_succeeded') {
      if (!this.subscriptions.has(channel)) return;
      this.subscriptions.set(channel, 'subscribed');
      this.authBackoff.reset();
      this.events.emit('subscribed', { channel, data });
    } else if (event === 'pusher:subscription_error') {
      const fields = asObject(data);
      const status = typeof fields['status'] === 'number' ? fields['status'] : 403;
      this.refuse(channel, status, String(fields['error'] ?? 'refused'));
    } else {
      const name = event.replace(/^pusher_internal:/, 'pusher:');
      this.events.emit('event', { channel, event: name, data });
    }
  }

  private established(data: unknown): void {
    const fields = asObject(data);
    const socketId = fields['socket_id'];
    if (typeof socketId !== 'string') {
      this.lost(ABNORMAL_CLOSE, 'a handshake without a socket id');
      return;
    }
    this.clock.clearTimeout(this.connectTimer);
    this.currentSocketId = socketId;
    this.establishedAt = this.clock.now();
    const serverSeconds = Number(fields['activity_timeout']);
    const serverMs = serverSeconds > 0 ? serverSeconds * 1_000 : ACTIVITY_TIMEOUT_MS;
    this.activityTimeoutMs = Math.min(ACTIVITY_TIMEOUT_MS, serverMs);
    this.armActivityTimer();
    this.lastReason = '';
    this.setState('connected');
    this.scheduleFlush();
  }

  private refusedBeforeEstablished(data: unknown): void {
    const { code, message } = errorData(data);
    this.lost(code ?? ABNORMAL_CLOSE, message);
  }

  /** The connection, or the attempt at one, is over. */
  private lost(code: number, reason: string): void {
    const livedMs = this.establishedAt === null ? 0 : this.clock.now() - this.establishedAt;
    const wasEstablished = this.establishedAt !== null;
    this.clearTimers();
    this.dropSocket(NORMAL_CLOSE);
    this.lastReason = reason ? `${reason} (${code})` : `closed with ${code}`;
    if (livedMs >= STABLE_AFTER_MS) {
      this.reconnectBackoff.reset();
      this.immediateRetryUsed = false;
    }
    if (isRefusal(code)) {
      this.setState('failed');
      return;
    }
    // "Reconnect at once" is obeyed once per working connection, so that a server that keeps
    // saying it is not hammered.
    const atOnce = code >= 4200 && code < 4300 && wasEstablished && !this.immediateRetryUsed;
    this.immediateRetryUsed ||= atOnce;
    const delayMs = atOnce ? 0 : this.reconnectBackoff.next();
    this.setState('unavailable');
    this.retryTimer = this.clock.setTimeout(() => this.open(), delayMs);
  }

  private dropSocket(code: number): void {
    const socket = this.currentSocket;
    this.currentSocketId = null;
    this.establishedAt = null;
    for (const name of this.subscriptions.keys()) this.subscriptions.set(name, 'wanted');
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    try {
      socket.close(code);
    } catch {
      // Closing a socket that is past saving must not keep us from opening the next one.
    }
  }

  private armActivityTimer(): void {
    this.awaitingPong = false;
    this.clock.clearTimeout(this.activityTimer);
    this.activityTimer = this.clock.setTimeout(() => this.ping(PONG_TIMEOUT_MS), this.activityTimeoutMs);
  }

  /** Any frame that arrives before the deadline counts as the answer. */
  private ping(deadlineMs: number): void {
    this.clock.clearTimeout(this.activityTimer);
    this.awaitingPong = true;
    this.send('pusher:ping', {});
    this.activityTimer = this.clock.setTimeout(() => this.lost(4201, 'no pong'), deadlineMs);
  }

  /** Channels asked for in one turn of the event loop are authorized together. */
  private scheduleFlush(): void {
    if (this.flushScheduled || this.currentState !== 'connected') return;
    this.flushScheduled = true;
    queueMicrotask(() => {
      this.flushScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.currentState !== 'connected') return;
    const signed: string[] = [];
    for (const [channel, state] of this.subscriptions) {
      if (state !== 'wanted') continue;
      if (!needsSignature(channel)) {
        this.sendSubscribe(channel, { auth: '' });
      } else {
        this.subscriptions.set(channel, 'authorizing');
        signed.push(channel);
      }
    }
    for (let start = 0; start < signed.length; start += AUTH_BATCH) {
      void this.authorizeAndSubscribe(signed.slice(start, start + AUTH_BATCH));
    }
  }

  private async authorizeAndSubscribe(channels: string[]): Promise<void> {
    const socketId = this.currentSocketId;
    if (!socketId) return;
    let grants: ChannelGrants;
    try {
      grants = await this.options.authorize(socketId, channels);
    } catch (error) {
      if (socketId === this.currentSocketId) this.authorizationFailed(channels, error);
      return;
    }
    if (socketId !== this.currentSocketId) return;
    for (const channel of channels) {
      if (this.subscriptions.get(channel) !== 'authorizing') continue;
      const grant = grants[channel];
      if (grant?.auth) this.sendSubscribe(channel, grant);
      else this.refuse(channel, 403, 'not authorized');
    }
  }

  private authorizationFailed(channels: string[], error: unknown): void {
    const { status, transient, message, retryAfter } = error as Partial<{
      status: number;
      transient: boolean;
      message: string;
      retryAfter: number | null;
    }>;
    for (const channel of channels) {
      if (this.subscriptions.get(channel) !== 'authorizing') continue;
      this.refuse(channel, status ?? 0, message ?? 'authorization failed');
      if (transient) this.subscriptions.set(channel, 'wanted');
    }
    if (!transient) return;
    this.clock.clearTimeout(this.authRetryTimer);
    const delayMs = Math.max(this.authBackoff.next(), (retryAfter ?? 0) * 1_000);
    this.authRetryTimer = this.clock.setTimeout(() => this.flush(), delayMs);
  }

  private refuse(channel: string, status: number, reason: string): void {
    if (!this.subscriptions.has(channel)) return;
    this.subscriptions.set(channel, 'refused');
    this.events.emit('subscription_error', { channel, status, reason });
  }

  private sendSubscribe(channel: string, grant: { auth: string; channel_data?: string }): void {
    this.subscriptions.set(channel, 'sent');
    const data: Record<string, unknown> = { channel, auth: grant.auth };
    if (grant.channel_data !== undefined) data['channel_data'] = grant.channel_data;
    this.send('pusher:subscribe', data);
  }

  /** An event of the protocol, on the connection that there is; false without one. */
  send(event: string, data: unknown, channel?: string): boolean {
    if (this.currentState !== 'connected' || !this.currentSocket) return false;
    try {
      this.currentSocket.send(JSON.stringify(channel ? { event, channel, data } : { event, data }));
      return true;
    } catch {
      return false;
    }
  }

  private clearTimers(): void {
    for (const timer of [this.connectTimer, this.retryTimer, this.activityTimer, this.authRetryTimer]) {
      this.clock.clearTimeout(timer);
    }
  }

  private setState(current: ConnectionState): void {
    const previous = this.currentState;
    if (previous === current) return;
    this.currentState = current;
    this.events.emit('state', { previous, current });
  }
}

/** 4000–4099: the same attempt can never succeed. 4300 and above: the server is done with us. */
function isRefusal(code: number): boolean {
  return (code >= 4000 && code < 4100) || (code >= 4300 && code < 5000);
}

function needsSignature(channel: string): boolean {
  return channel.startsWith('private-') || channel.startsWith('presence-');
}

/** Socket.io's sockets have `state`, and snippets written for them read it. */
function aliasReadyState(socket: SocketLike): void {
  if ('state' in socket) return;
  Object.defineProperty(socket, 'state', { configurable: true, get: () => socket.readyState });
}
