/**
 * Messages on their way out: kept in storage until the server has them, sent one at a time in the
 * order they were written, and repeated with the same `client_id`, so that a repeat is no second message.
 *
 * A failure that may pass (no network, 429, 5xx) holds the queue, because overtaking would break the
 * order. A refusal marks its message as failed and lets the next one go.
 */

import type { ApiError } from './api.ts';
import { toApiError } from './api.ts';
import { Backoff } from './backoff.ts';
import { systemClock, type Clock, type TimerHandle } from './clock.ts';
import { randomUuid } from './ids.ts';
import type { KeyValueStorage } from './storage.ts';
import type { PendingMessage } from './timeline.ts';

export interface OutboxItem {
  readonly clientId: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Position in the queue; later items have a higher one. */
  readonly order: number;
  readonly state: 'queued' | 'sending' | 'failed';
  /** Attempts that failed and may be repeated. */
  readonly attempts: number;
  readonly failure: OutboxFailure | null;
}

export interface OutboxFailure {
  /** HTTP status of the refusal. */
  status: number;
  reason: string;
}

export interface OutboxOptions<Ack> {
  send(item: OutboxItem): Promise<Ack>;
  onSent(item: OutboxItem, ack: Ack): void;
  /** After every change of `items`. */
  onChange(): void;
  /** A send failed for now and will be repeated. */
  onDelay?(error: ApiError): void;
  storage: KeyValueStorage;
  /** Distinguishes outboxes in one storage; each item has its own key below it, so tabs do not overwrite each other. */
  storagePrefix: string;
  clock?: Clock;
  newId?: () => string;
}

export class Outbox<Ack> {
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  private queue: OutboxItem[] = [];
  private running = false;
  private inFlight = false;
  private notBefore = 0;
  private retryTimer: TimerHandle = null;

  constructor(private readonly options: OutboxOptions<Ack>) {
    this.clock = options.clock ?? systemClock;
    this.backoff = new Backoff(this.clock);
    this.queue = this.load();
  }

  get items(): readonly OutboxItem[] {
    return this.queue;
  }

  get pending(): PendingMessage[] {
    return this.queue.map((item) => ({
      clientId: item.clientId,
      text: item.text,
      createdAt: item.createdAt,
      delivery: item.state === 'failed' ? 'failed' : item.attempts > 0 ? 'waiting' : 'sending',
      error: item.failure?.reason ?? null,
    }));
  }

  /** Sending begins with the first call; until then messages only queue up. */
  start(): void {
    this.running = true;
    void this.pump();
  }

  /** Nothing more is sent; what is in flight is not cut off. */
  stop(): void {
    this.running = false;
    this.clock.clearTimeout(this.retryTimer);
  }

  enqueue(text: string): OutboxItem {
    const now = this.clock.now();
    const last = this.queue[this.queue.length - 1];
    const item: OutboxItem = {
      clientId: (this.options.newId ?? randomUuid)(),
      text,
      createdAt: now,
      order: Math.max(now, (last?.order ?? 0) + 1),
      state: 'queued',
      attempts: 0,
      failure: null,
    };
    this.queue.push(item);
    this.save(item);
    this.options.onChange();
    void this.pump();
    return item;
  }

  /** Sends a failed message again, as the newest, under the id it had. */
  retry(clientId: string): void {
    const item = this.queue.find((candidate) => candidate.clientId === clientId);
    if (item?.state !== 'failed') return;
    const last = this.queue[this.queue.length - 1];
    const order = Math.max(this.clock.now(), (last?.order ?? 0) + 1);
    this.update(item, { state: 'queued', attempts: 0, failure: null, order });
    this.queue.sort((a, b) => a.order - b.order);
    this.options.onChange();
    void this.pump();
  }

  /** Every failed message that satisfies the test, in their order. */
  retryAll(test: (failure: OutboxFailure) => boolean): void {
    const failed = this.queue.filter((item) => item.failure && test(item.failure));
    for (const item of failed) this.retry(item.clientId);
  }

  /** Drops a message: given up by its author, or seen to be on the server already. */
  remove(clientId: string): void {
    if (!this.queue.some((item) => item.clientId === clientId)) return;
    this.queue = this.queue.filter((item) => item.clientId !== clientId);
    this.options.storage.remove(this.storageKey(clientId));
    this.options.onChange();
  }

  /** The network may be back: try now, unless the server asked for a pause that is not over. */
  wake(): void {
    this.clock.clearTimeout(this.retryTimer);
    void this.pump();
  }

  private async pump(): Promise<void> {
    if (!this.running || this.inFlight) return;
    const item = this.queue.find((candidate) => candidate.state === 'queued');
    if (!item) return;
    const pauseMs = this.notBefore - this.clock.now();
    if (pauseMs > 0) {
      this.retryIn(pauseMs);
      return;
    }
    this.inFlight = true;
    this.update(item, { state: 'sending' });
    this.options.onChange();
    let held = false;
    try {
      const ack = await this.options.send(item);
      this.backoff.reset();
      this.options.onSent(item, ack);
      this.remove(item.clientId);
    } catch (error) {
      held = this.sendFailed(item.clientId, toApiError(error));
    }
    this.inFlight = false;
    if (!held) void this.pump();
  }

  /** Returns whether the queue has to wait for this message. */
  private sendFailed(clientId: string, error: ApiError): boolean {
    const item = this.queue.find((candidate) => candidate.clientId === clientId);
    if (!item) return false;
    const held = error.transient || error.kind === 'aborted';
    // A request that was cut off may have arrived all the same; repeating it is safe.
    if (held) {
      this.update(item, { state: 'queued', attempts: item.attempts + 1 });
      if (error.retryAfter !== null) this.notBefore = this.clock.now() + error.retryAfter * 1_000;
      this.options.onDelay?.(error);
      if (this.running) this.retryIn(Math.max(this.backoff.next(), this.notBefore - this.clock.now()));
    } else {
      this.update(item, { state: 'failed', failure: { status: error.status, reason: describe(error) } });
    }
    this.options.onChange();
    return held;
  }

  private retryIn(delayMs: number): void {
    this.clock.clearTimeout(this.retryTimer);
    this.retryTimer = this.clock.setTimeout(() => void this.pump(), delayMs);
  }

  private update(item: OutboxItem, change: Partial<OutboxItem>): void {
    const next = { ...item, ...change };
    this.queue = this.queue.map((other) => (other.clientId === item.clientId ? next : other));
    this.save(next);
  }

  private save(item: OutboxItem): void {
    this.options.storage.set(this.storageKey(item.clientId), JSON.stringify(item));
  }

  private storageKey(clientId: string): string {
    return `${this.options.storagePrefix}:${clientId}`;
  }

  private load(): OutboxItem[] {
    const items: OutboxItem[] = [];
    for (const key of this.options.storage.keys(`${this.options.storagePrefix}:`)) {
      const item = parseItem(this.options.storage.get(key));
      if (item) items.push(item);
      else this.options.storage.remove(key);
    }
    return items.sort((a, b) => a.order - b.order);
  }
}

/** What a page that was closed in mid-send left behind is queued again. */
function parseItem(text: string | null): OutboxItem | null {
  try {
    const item = JSON.parse(text ?? '') as Partial<OutboxItem> | null;
    if (typeof item?.clientId !== 'string' || typeof item.text !== 'string') return null;
    if (typeof item.createdAt !== 'number' || typeof item.order !== 'number') return null;
    const { clientId, text: message, createdAt, order } = item;
    const failure = item.state === 'failed' ? (item.failure ?? null) : null;
    const state = failure ? 'failed' : 'queued';
    return { clientId, text: message, createdAt, order, state, attempts: 0, failure };
  } catch {
    return null;
  }
}

/** The most specific text the server gave. */
function describe(error: ApiError): string {
  const first = Object.values(error.details ?? {})[0];
  return (Array.isArray(first) ? first[0] : first) ?? error.message;
}
