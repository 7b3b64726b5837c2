/**
 * One conversation, kept complete: composes the API, the outbox, the timeline and real time into a
 * store that a user interface observes. The widget and the inbox use the same one.
 *
 * There is one way to catch up, the pull loop: it fetches `after_seq` until nothing is missing, then
 * rests while a live channel brings the news, and long-polls while there is none. Whatever may have
 * made us miss something (a subscription, a drop, a gap, a wake-up) only has to `kick` it.
 */

import { ApiError, toApiError } from './api.ts';
import { Backoff } from './backoff.ts';
import { systemClock, type Clock } from './clock.ts';
import {
  emptyView,
  markOf,
  marksFor,
  withConversation,
  withMarks,
  withStatus,
  type ConversationView,
} from './conversation-view.ts';
import { Emitter, type Off } from './emitter.ts';
import { Outbox, type OutboxChange, type OutboxItem, type OutboxUpload } from './outbox.ts';
import { KeyValueOutboxStore, type OutboxStore } from './outbox-store.ts';
import { Pause } from './pause.ts';
import { ReadMarker } from './read-marker.ts';
import type { RealtimeChannel, RealtimeSource } from './realtime.ts';
import type { KeyValueStorage } from './storage.ts';
import { Timeline, type TimelineEntry } from './timeline.ts';
import { Typing } from './typing.ts';
import type {
  Conversation,
  ConversationEvent,
  ConversationQuery,
  ConversationResponse,
  ConversationStatus,
  Message,
  MessageAck,
  MarkEvent,
  MarkKind,
  MessageEvent,
  ProviderName,
  ReadMarks,
  ReplyTo,
  Role,
  TypingWhisper,
} from './types.ts';

/** What opening a conversation found: from `init` for a visitor, from the conversation itself otherwise. */
export interface OpenedConversation {
  conversationId: number;
  messages: Message[];
  lastSeq: number;
  revision: number;
  status: ConversationStatus;
  read?: ReadMarks;
  delivered?: ReadMarks;
  data?: Omit<Conversation, 'messages'>;
}

/** The requests a session makes. `open` is repeated while its failure is transient. */
export interface ConversationSource {
  open(): Promise<OpenedConversation>;
  fetch(id: number, query: ConversationQuery, signal?: AbortSignal): Promise<ConversationResponse>;
  /** `progress` takes the share of an upload that is through, 0–1. */
  send(id: number, item: OutboxItem, socketId: string | null, progress: (share: number) => void): Promise<MessageAck>;
  mark(kind: MarkKind, id: number, upToSeq: number): Promise<void>;
}

/** The other tabs of the same chat: one of them sends for all. */
export interface OutboxSharing {
  readonly isLeader: boolean;
  onLeader(listener: (leads: boolean) => void): Off;
  post(change: OutboxChange<MessageAck>): void;
  onChange(listener: (change: OutboxChange<MessageAck>) => void): Off;
}

export interface SessionOptions {
  source: ConversationSource;
  realtime: RealtimeSource;
  role: Role;
  /** Shown to the other side while typing, and on own messages until the server's answer. */
  senderName?: string | null;
  storage: KeyValueStorage;
  /** Where unsent messages are kept; one prefix per conversation or per visitor. */
  outboxPrefix: string;
  /** Instead of keeping them in `storage`. */
  outboxStore?: OutboxStore;
  sharing?: OutboxSharing;
  clock?: Clock;
  /** Hidden pages ask less often when there is no socket. */
  isHidden?: () => boolean;
}

export type SessionPhase = 'idle' | 'opening' | 'ready' | 'gone';

export interface SessionState {
  /** `gone`: refused for good, see `error`. */
  phase: SessionPhase;
  error: ApiError | null;
  conversationId: number | null;
  /** Null until opened. */
  view: ConversationView | null;
  entries: TimelineEntry[];
  hasOlder: boolean;
  loadingOlder: boolean;
  /** Messages of the other side beyond our read mark. */
  unread: number;
  /** False after a request got no answer, until one does. */
  reachable: boolean;
  provider: ProviderName | null;
  /** Whether events arrive by themselves. */
  live: boolean;
  /** The other side is writing. */
  typing: { name: string | null } | null;
}

interface SessionEvents {
  change: SessionState;
  /** A message of the other side that was not here before, in order. */
  incoming: Message;
  /** An own message was written; it is on screen. */
  sending: { clientId: string };
  /** The server has acknowledged it. */
  sent: { clientId: string; ack: MessageAck };
}

const PAGE_LIMIT = 200;
const OLDER_LIMIT = 50;
const LONG_POLL_SECONDS = 25;
/** Between polls when the server answers at once although there is nothing new. */
const POLL_PAUSE_MS = 2_000;
/** A long-poll that ended sooner than this was not held by the server. */
const HELD_MS = 1_000;
/** Six hidden tabs that long-poll would use up a browser's connections to a host. */
const HIDDEN_POLL_MS = 15_000;
/** As long as the providers get in all to bring up a live channel. */
const SETTLE_MS = 3_000;

export class ConversationSession {
  readonly events = new Emitter<SessionEvents>();
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  private readonly pause: Pause;
  private readonly timeline: Timeline;
  private readonly outbox: Outbox<MessageAck>;
  private readonly readMarker: ReadMarker;
  private readonly deliveredMarker: ReadMarker;
  private readonly typing: Typing;

  private phase: SessionPhase = 'idle';
  private error: ApiError | null = null;
  private view: ConversationView | null = null;
  private reachable = true;
  private loadingOlder = false;
  private snapshot: SessionState | null = null;

  private channel: RealtimeChannel | null = null;
  private readonly offs: Off[] = [];

  private retriesRefused = false;
  private running = false;
  private loop = 0;
  private settleUntil = 0;
  private upToDate = false;
  /** The revision of the last answer: events may have told of later ones, and others have been missed before those. */
  private fetchedRevision = 0;
  private kicks = 0;
  private longPoll: AbortController | null = null;

  private announcedSeq = 0;

  constructor(private readonly options: SessionOptions) {
    this.clock = options.clock ?? systemClock;
    this.backoff = new Backoff(this.clock);
    this.pause = new Pause(this.clock);
    this.timeline = new Timeline({ sender_type: options.role, sender_name: options.senderName ?? null });
    this.outbox = new Outbox<MessageAck>({
      send: (item, progress) => this.sendItem(item, progress),
      onSent: (item, ack) => this.sent(item, ack),
      onChange: () => this.outboxChanged(),
      onDelay: (error) => this.setReachable(!error.offline),
      share: (change) => options.sharing?.post(change),
      store: options.outboxStore ?? new KeyValueOutboxStore(options.storage, options.outboxPrefix),
      clock: options.clock,
    });
    this.timeline.setPending(this.outbox.pendingOf(null));
    this.readMarker = new ReadMarker((upToSeq) => options.source.mark('read', this.view?.id ?? 0, upToSeq));
    this.deliveredMarker = new ReadMarker((upToSeq) => options.source.mark('delivered', this.view?.id ?? 0, upToSeq));
    this.typing = new Typing({
      role: options.role,
      senderName: options.senderName ?? null,
      clock: this.clock,
      whisper: (whisper) => this.channel?.trigger('client-typing', whisper),
      onChange: () => this.changed(),
    });
  }

  get state(): SessionState {
    return (this.snapshot ??= this.buildState());
  }

  /** All messages of the server that are loaded, oldest first. */
  get messages(): readonly Message[] {
    return this.timeline.messages;
  }

  /** The channel of the conversation; null until opened. */
  get realtimeChannel(): RealtimeChannel | null {
    return this.channel;
  }

  /** For `useSyncExternalStore` and the like: the state is a new object after every change. */
  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  start(): void {
    if (this.running || this.phase === 'gone') return;
    this.running = true;
    const { realtime, sharing } = this.options;
    this.offs.push(realtime.events.on('status', () => this.providerChanged()));
    if (sharing) {
      this.offs.push(sharing.onChange((change) => this.outbox.receive(change)));
      this.offs.push(sharing.onLeader(() => this.runOutbox()));
    }
    if (this.view) this.goLive(this.view.id);
    this.loop += 1;
    void this.pullLoop(this.loop);
    this.setPhase(this.view ? 'ready' : 'opening');
  }

  /** Ends everything; unsent messages stay in storage. */
  stop(): void {
    this.running = false;
    this.outbox.stop();
    this.offs.splice(0).forEach((off) => off());
    this.channel?.release();
    this.channel = null;
    this.typing.stop();
    this.kick();
  }

  /** The page woke up: look for news and try what is unsent. The owner of `realtime` wakes that. */
  wake(): void {
    this.kick();
    this.outbox.wake();
  }

  /** Shows the text at once and sends it as soon as it can be; empty text without files is ignored. */
  send(text: string, upload: OutboxUpload | null = null, replyTo: ReplyTo | null = null): void {
    const trimmed = text.trim();
    if (!trimmed && !upload) return;
    this.typing.sent();
    const { clientId } = this.outbox.enqueue(trimmed, this.view?.id ?? null, upload, replyTo);
    this.events.emit('sending', { clientId });
    // Who writes waits for an answer.
    this.options.realtime.probe();
  }

  /** Sends a message again that was marked as failed. */
  retry(clientId: string): void {
    this.outbox.retry(clientId);
  }

  /** Gives up a message that was not sent; returns its text. */
  discard(clientId: string): string | null {
    const item = this.outbox.items.find((candidate) => candidate.clientId === clientId);
    this.outbox.remove(clientId);
    return item?.text ?? null;
  }

  /** Gives up everything that was not sent, for good. */
  discardAll(): void {
    this.outbox.clear();
  }

  /** Sends in this conversation, once it is open, what was refused because it or an earlier one was closed. */
  retryRefusedByClosing(): void {
    this.retriesRefused = true;
    this.retryRefused();
  }

  async loadOlder(limit = OLDER_LIMIT): Promise<void> {
    const { view, timeline } = this;
    if (!view || this.loadingOlder || !timeline.hasOlder) return;
    this.loadingOlder = true;
    this.changed();
    try {
      const query = { before_seq: timeline.oldest, limit };
      const answer = await this.options.source.fetch(view.id, query);
      timeline.applyOlder(answer.data.messages);
    } catch (error) {
      this.setReachable(!toApiError(error).offline);
    } finally {
      this.loadingOlder = false;
      this.changed();
    }
  }

  /** Everything shown has been seen. Cheap to call often. */
  markRead(): void {
    const upToSeq = this.timeline.contiguous;
    // Listeners call this on every change, so a mark that moves nothing must not be one.
    if (!this.view || this.state.unread === 0 || upToSeq <= markOf(this.view.read, this.options.role)) return;
    this.view = withMarks(this.view, 'read', marksFor(this.options.role, upToSeq));
    this.changed();
    this.readMarker.mark(upToSeq);
  }

  /** Everything loaded is on this screen, seen or not. Cheap to call often. */
  markDelivered(): void {
    const upToSeq = this.timeline.contiguous;
    if (!this.view || this.state.unread === 0 || upToSeq <= markOf(this.view.delivered, this.options.role)) return;
    this.view = withMarks(this.view, 'delivered', marksFor(this.options.role, upToSeq));
    this.deliveredMarker.mark(upToSeq);
  }

  /** Call on every keystroke (`true`) and when the text was sent or cleared (`false`). */
  setTyping(typing: boolean): void {
    this.typing.set(typing);
  }

  private get live(): boolean {
    return this.channel?.live ?? false;
  }

  /** Whether a live channel may be moments away, so that a long-poll would only be thrown away. */
  private get settling(): boolean {
    const { provider } = this.options.realtime.status;
    return provider !== 'polling' && this.clock.now() < this.settleUntil;
  }

  private providerChanged(): void {
    if (this.options.realtime.status.provider === 'polling') this.pause.end();
    this.changed();
  }

  /** `loop` tells a loop that outlived a stop that another one has taken over. */
  private async pullLoop(loop: number): Promise<void> {
    // Whoever is told of the start may stop the session before it makes a request.
    await Promise.resolve();
    while (this.running && loop === this.loop) {
      try {
        if (!this.view) await this.open();
        else if (this.live && this.upToDate) await this.pause.wait(null);
        else if (this.upToDate && this.settling) await this.pause.wait(this.settleUntil - this.clock.now());
        else await this.pull(this.view.id);
      } catch (thrown) {
        const error = toApiError(thrown);
        const known = thrown instanceof ApiError;
        if (!this.running || (known && error.kind === 'aborted')) continue;
        if (known && !error.transient) {
          this.refused(error);
          return;
        }
        // A mistake in this program is waited out too: asking again without a pause would load the server with it.
        await this.recoverFrom(error);
      }
    }
  }

  private async open(): Promise<void> {
    const opened = await this.options.source.open();
    if (!this.running) return;
    this.succeeded();
    this.timeline.applyLastPage(opened.messages, opened.lastSeq);
    const { conversationId, status, revision } = opened;
    let view = emptyView(conversationId);
    if (opened.data) view = withConversation(view, opened.data, revision);
    view = withStatus(view, { status, assignedTo: opened.data?.assigned_to ?? null, revision });
    this.view = withMarks(withMarks(view, 'read', opened.read), 'delivered', opened.delivered);
    this.fetchedRevision = revision;
    this.readMarker.startFrom(markOf(this.view.read, this.options.role));
    this.announcedSeq = this.timeline.contiguous;
    this.outboxChanged();
    this.confirmOutbox();
    this.setPhase('ready');
    // Whoever was told may have no use for a connection, such as to an ended chat.
    if (this.running) this.goLive(conversationId);
  }

  private goLive(conversationId: number): void {
    // What came between the last answer and the subscription is fetched when the channel is live.
    this.upToDate = !this.timeline.needsFetch;
    this.settleUntil = this.clock.now() + SETTLE_MS;
    this.listen(`private-chat.conversation.${conversationId}`);
    this.options.realtime.start();
    this.runOutbox();
  }

  /** Of several tabs one sends, once a conversation is open that the messages can go to. */
  private runOutbox(): void {
    if (!this.running || !this.view) return;
    if (this.options.sharing && !this.options.sharing.isLeader) this.outbox.stop();
    else this.outbox.start();
  }

  private listen(channelName: string): void {
    const channel = this.options.realtime.channel(channelName);
    this.channel = channel;
    this.offs.push(
      channel.onLive(() => this.kick()),
      channel.bind('ChatMessageReceived', (event: MessageEvent) => this.messageEvent(event)),
      channel.bind('MessageUpdated', (event: MessageEvent) => this.messageEvent(event)),
      channel.bind('MessagesRead', (event: MarkEvent) => this.markEvent('read', event)),
      channel.bind('MessagesDelivered', (event: MarkEvent) => this.markEvent('delivered', event)),
      // What there is to say of it now is the server's refusal.
      channel.bind('ConversationErased', () => this.kick()),
      channel.bind('client-typing', (whisper: TypingWhisper) => this.typing.receive(whisper)),
    );
    for (const name of ['ConversationClosed', 'ConversationReopened', 'ConversationAssigned']) {
      this.offs.push(channel.bind(name, (event: ConversationEvent) => this.conversationEvent(event)));
    }
    if (channel.live) this.kick();
  }

  /** Fetches what is missing; with nothing missing and no live channel, waits at the server for news. */
  private async pull(id: number): Promise<void> {
    const resting = this.upToDate && !this.live;
    const hidden = resting && (this.options.isHidden?.() ?? false);
    if (hidden) await this.pause.wait(HIDDEN_POLL_MS);
    if (!this.running) return;
    const wait = resting && !hidden ? LONG_POLL_SECONDS : undefined;
    const kicksBefore = this.kicks;
    const startedAt = this.clock.now();
    const after = this.timeline.contiguous;
    const query: ConversationQuery = { after_seq: after, after_revision: this.fetchedRevision, limit: PAGE_LIMIT, wait };
    this.longPoll = wait ? new AbortController() : null;
    const answer = await this.options.source.fetch(id, query, this.longPoll?.signal);
    this.longPoll = null;
    if (!this.running) return;
    const changed = this.applyAnswer(answer, after);
    this.succeeded();
    if (this.kicks === kicksBefore) this.upToDate = !this.timeline.needsFetch;
    const stuck = !changed && this.timeline.needsFetch;
    const notHeld = wait !== undefined && !changed && this.clock.now() - startedAt < HELD_MS;
    if (stuck || notHeld) await this.pause.wait(POLL_PAUSE_MS);
  }

  /** Returns whether the answer brought anything. */
  private applyAnswer(answer: ConversationResponse, after: number): boolean {
    const revisionBefore = this.fetchedRevision;
    this.fetchedRevision = answer.revision;
    const { messages, ...data } = answer.data;
    this.timeline.applyPage({ after, messages, lastSeq: answer.last_seq });
    if (this.view) {
      const view = withConversation(this.view, data, answer.revision);
      this.view = withMarks(withMarks(view, 'read', answer.read, answer.revision), 'delivered', answer.delivered);
    }
    for (const message of answer.changed ?? []) this.timeline.applyMessage(message);
    this.confirmOutbox();
    this.announce();
    this.changed();
    // Listeners of the console contract hear the same things whichever way they came.
    if (!this.live) {
      for (const message of messages) this.channel?.emit('ChatMessageReceived', message);
      for (const message of answer.changed ?? []) this.channel?.emit('MessageUpdated', message);
    }
    return this.timeline.contiguous > after || answer.revision !== revisionBefore;
  }

  private async recoverFrom(error: ApiError): Promise<void> {
    this.upToDate = false;
    this.error = error;
    this.setReachable(!error.offline);
    this.changed();
    const askedMs = (error.retryAfter ?? 0) * 1_000;
    await this.pause.wait(Math.max(this.backoff.next(), askedMs), error.retryAfter === null);
  }

  private succeeded(): void {
    this.backoff.reset();
    this.error = null;
    this.setReachable(true);
    void this.readMarker.flush();
    void this.deliveredMarker.flush();
  }

  private refused(error: ApiError): void {
    this.error = error;
    this.stop();
    this.setPhase('gone');
  }

  /** Something may have been missed: look again, at once. */
  private kick(): void {
    this.kicks += 1;
    this.upToDate = false;
    this.longPoll?.abort();
    this.pause.end();
    this.changed();
  }

  private messageEvent(event: MessageEvent): void {
    if (this.view && event.revision !== undefined) {
      this.view = { ...this.view, revision: Math.max(this.view.revision, event.revision) };
    }
    // What a reference to a known message is about can only be fetched.
    const isUnknown = event.reference && event.seq <= this.timeline.contiguous;
    if (event.reference) this.timeline.noteSeq(event.seq);
    else this.timeline.applyMessage(event);
    this.confirmOutbox();
    this.announce();
    this.changed();
    if ((isUnknown || this.timeline.needsFetch) && this.upToDate) this.kick();
  }

  private conversationEvent(event: ConversationEvent): void {
    if (!this.view) return;
    const { status, assigned_to: assignedTo, revision } = event;
    this.view = withStatus(this.view, { status, assignedTo, revision });
    if (event.last_seq !== undefined) this.timeline.noteSeq(event.last_seq);
    this.changed();
    if (this.timeline.needsFetch && this.upToDate) this.kick();
  }

  private markEvent(kind: MarkKind, event: MarkEvent): void {
    if (!this.view) return;
    this.view = withMarks(this.view, kind, marksFor(event.reader, event.up_to_seq), event.revision);
    this.changed();
  }

  /** Reports messages of the other side once each, in order, as they become visible. */
  private announce(): void {
    const upTo = this.timeline.contiguous;
    for (const message of this.timeline.messages) {
      if (message.seq <= this.announcedSeq || message.seq > upTo || this.isOwn(message)) continue;
      this.typing.clear();
      this.events.emit('incoming', message);
    }
    this.announcedSeq = Math.max(this.announcedSeq, upTo);
  }

  private isOwn(message: Message): boolean {
    if (this.options.role === 'visitor') return message.sender_type === 'visitor';
    return message.sender_type !== 'visitor';
  }

  private sendItem(item: OutboxItem, progress: (share: number) => void): Promise<MessageAck> {
    // The outbox is only started once the conversation is open.
    const id = item.conversationId ?? this.view?.id ?? 0;
    return this.options.source.send(id, item, this.options.realtime.socketId, progress);
  }

  private sent(item: OutboxItem, ack: MessageAck): void {
    this.setReachable(true);
    this.events.emit('sent', { clientId: item.clientId, ack });
    if (this.timeline.hasSent(item.clientId) || !this.isHere(item)) return;
    if (item.upload) {
      // Only the server knows what became of the files.
      this.timeline.noteSeq(ack.seq);
      this.kick();
      return;
    }
    this.timeline.applyMessage({
      id: ack.message_id,
      seq: ack.seq,
      conversation_id: this.view?.id ?? 0,
      client_id: item.clientId,
      sender_type: this.options.role,
      sender_name: this.options.senderName ?? null,
      message: item.text,
      attachments: [],
      is_voice: false,
      reply_to: item.replyTo,
      timestamp: ack.timestamp,
      created_at: ack.created_at,
      read_at: null,
    });
    this.announce();
    if (this.timeline.needsFetch && this.upToDate) this.kick();
  }

  /** Drops from the outbox what the server turned out to have, such as after a lost answer. */
  private confirmOutbox(): void {
    for (const item of this.outbox.items) {
      if (item.state !== 'sending' && this.timeline.hasSent(item.clientId)) this.outbox.remove(item.clientId);
    }
  }

  private outboxChanged(): void {
    this.retryRefused();
    // The store may answer later than the server: what that has is not to be sent again.
    this.confirmOutbox();
    this.timeline.setPending(this.outbox.pendingOf(this.view?.id ?? null));
    // A refusal because the conversation is closed tells us a state that we have not heard of.
    const closed = this.outbox.items.some((item) => item.failure?.status === 409 && this.isHere(item));
    if (closed && this.view && this.view.status !== 'closed' && this.upToDate) this.kick();
    this.changed();
  }

  private retryRefused(): void {
    if (!this.retriesRefused || !this.view || !this.outbox.isLoaded) return;
    this.retriesRefused = false;
    for (const item of this.outbox.items) {
      if (item.failure?.status === 409) this.outbox.retry(item.clientId, this.view.id);
    }
  }

  private isHere({ conversationId }: OutboxItem): boolean {
    return conversationId === null || conversationId === this.view?.id;
  }

  private setPhase(phase: SessionPhase): void {
    this.phase = phase;
    this.changed();
  }

  private setReachable(reachable: boolean): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    // One request that got through is reason to try the rest now.
    if (reachable) this.outbox.wake();
    this.changed();
  }

  private changed(): void {
    this.snapshot = null;
    this.events.emit('change', this.state);
  }

  private buildState(): SessionState {
    const { provider } = this.options.realtime.status;
    return {
      phase: this.phase,
      error: this.error,
      conversationId: this.view?.id ?? null,
      view: this.view,
      entries: this.timeline.entries,
      hasOlder: this.timeline.hasOlder,
      loadingOlder: this.loadingOlder,
      unread: this.countUnread(),
      reachable: this.reachable,
      // A socket without our channel is no news for this conversation: it is being polled.
      provider: provider && !this.live && this.view ? 'polling' : provider,
      live: this.live,
      typing: this.typing.peer,
    };
  }

  private countUnread(): number {
    if (!this.view) return 0;
    const mark = markOf(this.view.read, this.options.role);
    const isUnread = ({ message, delivery }: TimelineEntry) =>
      delivery === 'sent' && message.seq > mark && message.sender_type !== 'system' && !this.isOwn(message);
    return this.timeline.entries.filter(isUnread).length;
  }
}
