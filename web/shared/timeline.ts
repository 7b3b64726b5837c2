/**
 * The messages of one conversation, from whatever brings them: answers to sends, broadcasts,
 * polling, history. Pure: no I/O, no clock.
 *
 * Invariant: what `entries` shows is in the server's order and each message is there once. A message
 * that arrives ahead of one that is missing is kept back until the gap is filled, because a list that
 * is read aloud cannot take a sentence back; what was written here is always shown.
 */

import type { OutboxUpload } from './outbox.ts';
import type { Message, ReplyTo } from './types.ts';

/** `waiting`: a send failed and will be repeated. `failed`: repeating it cannot help. */
export type Delivery = 'sending' | 'waiting' | 'failed' | 'sent';

/** A message that is not known to be on the server yet. */
export interface PendingMessage {
  clientId: string;
  text: string;
  upload?: OutboxUpload | null;
  replyTo?: ReplyTo | null;
  /** The share of an upload that is through, 0–1; null when there is none under way. */
  progress?: number | null;
  /** Milliseconds since the epoch. */
  createdAt: number;
  delivery: Exclude<Delivery, 'sent'>;
  /** Why it failed, for people. */
  error: string | null;
}

export interface TimelineEntry {
  /** Stays the same when a pending message becomes a sent one. */
  key: string;
  delivery: Delivery;
  error: string | null;
  /** Of a pending message. */
  upload: OutboxUpload | null;
  progress: number | null;
  /** A pending message has `id` and `seq` 0. */
  message: Message;
}

export interface Page {
  /** The `after_seq` that was asked for. */
  after: number;
  messages: Message[];
  lastSeq: number;
}

/** As much of a quoted message as the server gives. */
const MAX_EXCERPT = 140;

export class Timeline {
  private readonly bySeq = new Map<number, Message>();
  private readonly sentClientIds = new Set<string>();
  /** What was written here, as opposed to by the other side or on another device. */
  private readonly ownClientIds = new Set<string>();
  private pending: PendingMessage[] = [];
  private sorted: Message[] | null = null;
  private started = false;
  /** Everything from the oldest loaded message up to here is present, or known not to exist for us. */
  private contiguousSeq = 0;
  /** The newest message we have heard of. */
  private knownSeq = 0;
  private oldestSeq = 0;
  private olderExist = false;

  /** `author` fills in the sender of pending messages. */
  constructor(private readonly author: Pick<Message, 'sender_type' | 'sender_name'>) {}

  /** All that is to be shown, oldest first. */
  get entries(): TimelineEntry[] {
    const shown: TimelineEntry[] = [];
    for (const message of this.messages) {
      const own = message.client_id !== null && this.ownClientIds.has(message.client_id);
      if (message.seq <= this.contiguousSeq || own) shown.push(sentEntry(message));
    }
    for (const item of this.pending) {
      if (!this.sentClientIds.has(item.clientId)) shown.push(this.pendingEntry(item));
    }
    return shown;
  }

  /** All messages of the server that are known, in order, those behind a gap included. */
  get messages(): readonly Message[] {
    this.sorted ??= [...this.bySeq.values()].sort((a, b) => a.seq - b.seq);
    return this.sorted;
  }

  /** What to pass as `after_seq`. */
  get contiguous(): number {
    return this.contiguousSeq;
  }

  /** The `seq` that the next message has if nothing was missed. */
  get nextExpected(): number {
    return this.contiguousSeq + 1;
  }

  /** Whether something exists that is not here yet: fetch `after_seq=contiguous`. */
  get needsFetch(): boolean {
    return this.knownSeq > this.contiguousSeq;
  }

  get hasOlder(): boolean {
    return this.olderExist;
  }

  /** What to pass as `before_seq`. */
  get oldest(): number {
    return this.oldestSeq;
  }

  /** Whether the server is known to have the message with this client id. */
  hasSent(clientId: string): boolean {
    return this.sentClientIds.has(clientId);
  }

  /** The conversation's last page. Applied a second time it only adds to what is there. */
  applyLastPage(messages: Message[], lastSeq: number): void {
    for (const message of messages) this.insert(message);
    if (!this.started) {
      this.started = true;
      this.contiguousSeq = reachOf(messages, lastSeq);
      this.noteOldest(messages);
    }
    this.noteSeq(lastSeq);
    this.closeGaps();
  }

  /**
   * The answer to `after_seq`. A `seq` it leaves out is one that is not for us. Returns whether we
   * are up to date now; if not, the page was cut short and the next one is to be fetched.
   */
  applyPage(page: Page): boolean {
    for (const message of page.messages) this.insert(message);
    if (page.after <= this.contiguousSeq) {
      this.contiguousSeq = Math.max(this.contiguousSeq, reachOf(page.messages, page.lastSeq));
    }
    this.noteSeq(page.lastSeq);
    this.closeGaps();
    return !this.needsFetch;
  }

  /** The answer to `before_seq`; an empty one means that the beginning is reached. */
  applyOlder(messages: Message[]): void {
    for (const message of messages) this.insert(message);
    if (messages.length === 0) this.olderExist = false;
    else this.noteOldest(messages);
  }

  /** One message by itself: a broadcast, or the answer to a send. Returns false when nothing changed. */
  applyMessage(message: Message): boolean {
    const isNew = this.insert(message);
    this.noteSeq(message.seq);
    this.closeGaps();
    return isNew;
  }

  /** A message of this position exists, its text is not known. */
  noteSeq(seq: number): void {
    this.knownSeq = Math.max(this.knownSeq, seq);
  }

  setPending(pending: readonly PendingMessage[]): void {
    this.pending = [...pending];
    for (const { clientId } of pending) this.ownClientIds.add(clientId);
  }

  private insert(message: Message): boolean {
    const known = this.bySeq.get(message.seq);
    if (message.client_id) this.sentClientIds.add(message.client_id);
    if (known && JSON.stringify(known) === JSON.stringify(message)) return false;
    // An answer to a send knows less than the message itself, so fields it lacks are kept.
    this.bySeq.set(message.seq, known ? { ...known, ...message } : message);
    if (known && known.message !== message.message) this.quoteAnew(message);
    this.sorted = null;
    return true;
  }

  /** What became of a message shows where it is quoted, too. */
  private quoteAnew({ seq, message }: Message): void {
    for (const [at, other] of this.bySeq) {
      const { reply_to: quote } = other;
      if (quote?.seq === seq) this.bySeq.set(at, { ...other, reply_to: { ...quote, excerpt: message.slice(0, MAX_EXCERPT) } });
    }
  }

  private closeGaps(): void {
    while (this.bySeq.has(this.contiguousSeq + 1)) this.contiguousSeq += 1;
  }

  private noteOldest(messages: Message[]): void {
    const oldest = messages.reduce((min, message) => Math.min(min, message.seq), Infinity);
    if (oldest === Infinity) return;
    this.oldestSeq = this.oldestSeq === 0 ? oldest : Math.min(this.oldestSeq, oldest);
    this.olderExist = this.oldestSeq > 1;
  }

  private pendingEntry(item: PendingMessage): TimelineEntry {
    return {
      key: item.clientId,
      delivery: item.delivery,
      error: item.error,
      upload: item.upload ?? null,
      progress: item.progress ?? null,
      message: {
        ...this.author,
        id: 0,
        seq: 0,
        conversation_id: 0,
        client_id: item.clientId,
        message: item.text,
        attachments: [],
        is_voice: item.upload?.kind === 'voice',
        reply_to: item.replyTo,
        timestamp: '',
        created_at: new Date(item.createdAt).toISOString(),
        read_at: null,
      },
    };
  }
}

/** Up to where a page completes the list: its newest message, or everything if it has none. */
function reachOf(messages: Message[], lastSeq: number): number {
  const newest = messages.reduce((max, message) => Math.max(max, message.seq), 0);
  return newest > 0 ? Math.min(newest, lastSeq) : lastSeq;
}

function sentEntry(message: Message): TimelineEntry {
  return { key: message.client_id ?? `seq-${message.seq}`, delivery: 'sent', error: null, upload: null, progress: null, message };
}
