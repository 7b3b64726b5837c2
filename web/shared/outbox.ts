/**
 * Messages on their way out: kept in a store until the server has them, sent one at a time in the
 * order they were written, and repeated with the same `client_id`, so that a repeat is no second message.
 *
 * A failure that may pass (no network, 408, 425, 429, 5xx) holds the queue, because overtaking would
 * break the order. A refusal marks its message as failed and lets the next one go.
 *
 * Several tabs share one outbox: each change is passed on through `share` and comes back by
 * `receive`, so that all show the same, and only the one that was started sends.
 */

import type { ApiError } from './api.ts';
import { toApiError } from './api.ts';
import { Backoff } from './backoff.ts';
import { systemClock, type Clock, type TimerHandle } from './clock.ts';
import { randomUuid } from './ids.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { PendingMessage } from './timeline.ts';
import type { ReplyTo } from './types.ts';

export interface OutboxItem {
  readonly clientId: string;
  /** Null: written before there was one, and meant for the first that is opened. */
  readonly conversationId: number | null;
  readonly text: string;
  /** What is sent along; null for a plain text. */
  readonly upload: OutboxUpload | null;
  /** What it answers; left out by older versions. */
  readonly replyTo?: ReplyTo | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Position in the queue; later items have a higher one. */
  readonly order: number;
  readonly state: 'queued' | 'sending' | 'failed';
  /** Attempts that failed and may be repeated. */
  readonly attempts: number;
  readonly failure: OutboxFailure | null;
  /** The share of an upload that is through, 0–1; null when there is none under way. */
  readonly progress: number | null;
}

export interface OutboxUpload {
  kind: 'file' | 'voice';
  files: readonly { blob: Blob; name: string }[];
  durationMs?: number;
}

export interface OutboxFailure {
  /** HTTP status of the refusal. */
  status: number;
  reason: string;
}

/** What one tab tells the others. */
export type OutboxChange<Ack> =
  | { kind: 'put'; item: OutboxItem }
  | { kind: 'removed'; clientId: string }
  | { kind: 'sent'; item: OutboxItem; ack: Ack };

export interface OutboxOptions<Ack> {
  /** `progress` takes the share of an upload that is through, 0–1. `signal`: its author has given it up. */
  send(item: OutboxItem, progress: (share: number) => void, signal: AbortSignal): Promise<Ack>;
  onSent(item: OutboxItem, ack: Ack): void;
  /** After every change of `items`. */
  onChange(): void;
  /** A send failed for now and will be repeated. */
  onDelay?(error: ApiError): void;
  /** Tells the other tabs. */
  share?(change: OutboxChange<Ack>): void;
  store: OutboxStore;
  clock?: Clock;
  newId?: () => string;
}

/** Other tabs and the screen are told of an upload's progress in steps of this size. */
const PROGRESS_STEP = 0.02;
/** Ids of finished messages that are remembered; a late word about an older one would only show it until the next answer. */
const MAX_FINISHED = 200;

export class Outbox<Ack> {
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  private queue: OutboxItem[] = [];
  private running = false;
  private loaded = false;
  private cleared = false;
  /** What was finished before the store had answered: it is not to come back from there. */
  private readonly finished = new Set<string>();
  private inFlight: string | null = null;
  private abort: AbortController | null = null;
  private notBefore = 0;
  private retryTimer: TimerHandle = null;

  constructor(private readonly options: OutboxOptions<Ack>) {
    this.clock = options.clock ?? systemClock;
    this.backoff = new Backoff(this.clock);
    const found = options.store.load();
    if (Array.isArray(found)) {
      this.queue = found;
      this.loaded = true;
    } else void found.then((items) => this.adopt(items));
  }

  get items(): readonly OutboxItem[] {
    return this.queue;
  }

  /** Whether the store has answered. */
  get isLoaded(): boolean {
    return this.loaded;
  }

  /** As a timeline shows them: those of one conversation, and those that belong to none yet. */
  pendingOf(conversationId: number | null): PendingMessage[] {
    const shown = this.queue.filter((item) => item.conversationId === null || item.conversationId === conversationId);
    return shown.map((item) => ({
      clientId: item.clientId,
      text: item.text,
      upload: item.upload,
      replyTo: item.replyTo,
      progress: item.progress,
      createdAt: item.createdAt,
      delivery: item.state === 'failed' ? 'failed' : item.attempts > 0 ? 'waiting' : 'sending',
      error: item.failure?.reason ?? null,
    }));
  }

  /** Sending begins with the first call; until then messages only queue up. */
  start(): void {
    this.running = true;
    // What another tab was sending when it went away is nobody's now.
    for (const item of this.queue) {
      if (item.state === 'sending' && item.clientId !== this.inFlight) this.update(item, { state: 'queued' });
    }
    void this.pump();
  }

  /** Nothing more is sent; what is in flight is not cut off. */
  stop(): void {
    this.running = false;
    this.clock.clearTimeout(this.retryTimer);
  }

  enqueue(text: string, conversationId: number | null = null, upload: OutboxUpload | null = null, replyTo: ReplyTo | null = null): OutboxItem {
    const item: OutboxItem = {
      clientId: (this.options.newId ?? randomUuid)(),
      conversationId,
      text,
      upload,
      replyTo,
      createdAt: this.clock.now(),
      order: this.nextOrder(),
      state: 'queued',
      attempts: 0,
      failure: null,
      progress: null,
    };
    this.put(item);
    this.options.onChange();
    void this.pump();
    return item;
  }

  /** Sends a failed message again, as the newest, under the id it had. */
  retry(clientId: string, conversationId?: number | null): void {
    const item = this.find(clientId);
    if (item?.state !== 'failed') return;
    const change: Partial<OutboxItem> = { state: 'queued', attempts: 0, failure: null, order: this.nextOrder() };
    this.update(item, conversationId === undefined ? change : { ...change, conversationId });
    this.options.onChange();
    void this.pump();
  }

  /** Drops a message: given up by its author, or seen to be on the server already. */
  remove(clientId: string): void {
    if (!this.find(clientId)) return;
    this.drop(clientId);
    if (clientId === this.inFlight) this.abort?.abort();
    this.options.share?.({ kind: 'removed', clientId });
    this.options.onChange();
  }

  /** Drops everything, also what the store has not told of yet. */
  clear(): void {
    this.cleared = !this.loaded;
    for (const item of [...this.queue]) this.remove(item.clientId);
  }

  /** A change that another tab made, or an item's fate there. */
  receive(change: OutboxChange<Ack>): void {
    if (change.kind === 'put') {
      const known = this.find(change.item.clientId);
      // Our own request is the better witness of what becomes of it.
      if (change.item.clientId === this.inFlight || this.finished.has(change.item.clientId)) return;
      if (known && known.order > change.item.order) return;
      this.insert(change.item);
    } else {
      const clientId = change.kind === 'sent' ? change.item.clientId : change.clientId;
      if (change.kind === 'sent') this.options.onSent(change.item, change.ack);
      this.drop(clientId, change.kind === 'sent');
    }
    this.options.onChange();
    void this.pump();
  }

  /** The network may be back: try now, unless the server asked for a pause that is not over. */
  wake(): void {
    this.clock.clearTimeout(this.retryTimer);
    void this.pump();
  }

  private adopt(items: OutboxItem[]): void {
    this.loaded = true;
    if (this.cleared) {
      for (const item of items) this.options.store.remove(item.clientId);
      return;
    }
    const known = new Set([...this.queue.map(({ clientId }) => clientId), ...this.finished]);
    for (const item of items) if (!known.has(item.clientId)) this.insert(item);
    if (items.length > 0) this.options.onChange();
    void this.pump();
  }

  private async pump(): Promise<void> {
    // Before the store has answered there may be older ones, and order is kept.
    if (!this.running || !this.loaded || this.inFlight) return;
    const item = this.queue.find((candidate) => candidate.state === 'queued');
    if (!item) return;
    const pauseMs = this.notBefore - this.clock.now();
    if (pauseMs > 0) {
      this.retryIn(pauseMs);
      return;
    }
    this.inFlight = item.clientId;
    this.update(item, { state: 'sending', progress: item.upload ? 0 : null });
    this.options.onChange();
    let held = false;
    this.abort = new AbortController();
    try {
      const ack = await this.options.send(item, (share) => this.progressed(item.clientId, share), this.abort.signal);
      this.inFlight = null;
      this.backoff.reset();
      this.options.onSent(item, ack);
      // The other tabs need to know that there were files, not the files.
      this.options.share?.({ kind: 'sent', item: { ...item, upload: item.upload && { ...item.upload, files: [] } }, ack });
      this.drop(item.clientId);
      this.options.onChange();
    } catch (error) {
      this.inFlight = null;
      held = this.sendFailed(item.clientId, toApiError(error));
    }
    if (!held) void this.pump();
  }

  /** Returns whether the queue has to wait for this message. */
  private sendFailed(clientId: string, error: ApiError): boolean {
    const item = this.find(clientId);
    if (!item) return false;
    const held = error.transient || error.kind === 'aborted';
    // A request that was cut off may have arrived all the same; repeating it is safe.
    if (held) {
      this.update(item, { state: 'queued', attempts: item.attempts + 1, progress: null });
      if (error.retryAfter !== null) this.notBefore = this.clock.now() + error.retryAfter * 1_000;
      this.options.onDelay?.(error);
      if (this.running) this.retryIn(Math.max(this.backoff.next(), this.notBefore - this.clock.now()));
    } else {
      const failure = { status: error.status, reason: describe(error) };
      this.update(item, { state: 'failed', failure, progress: null });
    }
    this.options.onChange();
    return held;
  }

  private progressed(clientId: string, share: number): void {
    const item = this.find(clientId);
    if (!item || share - (item.progress ?? 0) < PROGRESS_STEP) return;
    this.insert({ ...item, progress: Math.min(1, share) });
    this.options.onChange();
  }

  private retryIn(delayMs: number): void {
    this.clock.clearTimeout(this.retryTimer);
    this.retryTimer = this.clock.setTimeout(() => void this.pump(), delayMs);
  }

  private nextOrder(): number {
    const newest = this.queue.reduce((max, { order }) => Math.max(max, order), 0);
    return Math.max(this.clock.now(), newest + 1);
  }

  private find(clientId: string): OutboxItem | undefined {
    return this.queue.find((item) => item.clientId === clientId);
  }

  private update(item: OutboxItem, change: Partial<OutboxItem>): void {
    this.put({ ...item, ...change });
  }

  private put(item: OutboxItem): void {
    this.insert(item);
    this.options.store.save(item);
    this.options.share?.({ kind: 'put', item });
  }

  private insert(item: OutboxItem): void {
    const others = this.queue.filter(({ clientId }) => clientId !== item.clientId);
    this.queue = [...others, item].sort((a, b) => a.order - b.order);
  }

  private finish(clientId: string): void {
    this.finished.add(clientId);
    for (const oldest of this.finished) {
      if (this.finished.size <= MAX_FINISHED) break;
      this.finished.delete(oldest);
    }
  }

  private drop(clientId: string, byOtherTab = false): void {
    if (!this.loaded || byOtherTab) this.finish(clientId);
    this.queue = this.queue.filter((item) => item.clientId !== clientId);
    this.options.store.remove(clientId);
  }
}

/** The most specific text the server gave. */
function describe(error: ApiError): string {
  const first = Object.values(error.details ?? {})[0];
  return (Array.isArray(first) ? first[0] : first) ?? error.message;
}
