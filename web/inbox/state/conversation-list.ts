/**
 * The list of conversations, kept complete: pages of what there is, and every change since.
 *
 * Changes arrive as events while the inbox's channel is live. What may have been missed (a new
 * subscription, a drop, a wake-up) is fetched with `after_revision`; without a live channel that
 * request is a long-poll. All ways end in `ConversationRows`, where the newest revision wins, so it
 * does not matter which of them was first.
 */

import { toApiError, type ApiError } from '../../shared/api.ts';
import { Backoff } from '../../shared/backoff.ts';
import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import { Pause } from '../../shared/pause.ts';
import type { Realtime, RealtimeChannel } from '../../shared/realtime.ts';
import type { ConversationPage, ConversationRow, InboxApi, RowEvent } from '../inbox-api.ts';
import { ConversationRows } from './conversation-rows.ts';
import { DEFAULT_QUERY, listQuery, queryKey, type ListQuery } from './list-query.ts';

export interface ConversationListOptions {
  api: Pick<InboxApi, 'list' | 'changedSince' | 'conversation'>;
  /** Who is logged in: whose conversations are one's own. */
  agentId: number;
  realtime: Pick<Realtime, 'channel' | 'status' | 'events'>;
  clock?: Clock;
  /** Hidden pages ask less often when there is no socket. */
  isHidden?: () => boolean;
}

/** `live`: events arrive by themselves. `polling`: the server answers. `reconnecting`: it does not. */
export type ConnectionStatus = 'connecting' | 'live' | 'polling' | 'reconnecting';

export interface ConversationListState {
  query: ListQuery;
  rows: ConversationRow[];
  /** False until the first page of the list is here; `rows` may already show what is known. */
  loaded: boolean;
  hasMore: boolean;
  loadingPage: boolean;
  /** Why the last page could not be loaded. */
  error: ApiError | null;
  connection: ConnectionStatus;
  unreadConversations: number;
}

interface ListEvents {
  change: ConversationListState;
  /** A visitor wrote something that was not known here before. */
  incoming: ConversationRow;
  /** A row in a newer state than was known here. */
  row: ConversationRow;
  /** A conversation that was known here is not there any more. */
  erased: number;
}

export const INBOX_CHANNEL = 'private-chat.inbox';

const PAGE_LIMIT = 100;
const CHANGES_LIMIT = 200;
/** Having missed more than this many pages of changes, starting over is less work than replaying them. */
const MAX_CHANGES_PAGES = 5;
const LONG_POLL_SECONDS = 25;
/** Between polls when the server answers at once although there is nothing new. */
const POLL_PAUSE_MS = 2_000;
/** A long-poll that ended sooner than this was not held by the server. */
const HELD_MS = 1_000;
/** Six hidden tabs that long-poll would use up a browser's connections to a host. */
const HIDDEN_POLL_MS = 15_000;
/** After an event, the changes are read once more from the store, so that the cursor follows and nothing can stay lost. */
const RECONCILE_MS = 60_000;

export class ConversationList {
  readonly events = new Emitter<ListEvents>();
  private readonly clock: Clock;
  private readonly backoff: Backoff;
  private readonly pause: Pause;
  private readonly pageBackoff: Backoff;
  private readonly wantedPause: Pause;
  private readonly rows: ConversationRows;
  private readonly leaving = new Map<number, () => void>();
  private readonly offs: Off[] = [];
  private channel: RealtimeChannel | null = null;
  private snapshot: ConversationListState | null = null;

  private query = DEFAULT_QUERY;
  private loadingPage = false;
  private error: ApiError | null = null;
  private pageRetry: TimerHandle = null;
  /** Rises when paging begins again; a page that was asked for before does not fit any more. */
  private paging = 0;
  private reachable = true;
  /** The conversation that is asked for by itself. */
  private wanted: number | null = null;
  /** Rises with each that is wanted, so that whoever asks for an earlier one ends. */
  private wishes = 0;

  /** Every change up to here is known. */
  private cursor: number | null = null;
  private running = false;
  private upToDate = false;
  private kicks = 0;
  private changesPages = 0;
  private longPoll: AbortController | null = null;
  private reconcileTimer: TimerHandle = null;

  constructor(private readonly options: ConversationListOptions) {
    this.clock = options.clock ?? systemClock;
    this.backoff = new Backoff(this.clock);
    this.pause = new Pause(this.clock);
    this.pageBackoff = new Backoff(this.clock);
    this.wantedPause = new Pause(this.clock);
    this.rows = new ConversationRows(options.agentId, (row) => this.events.emit('row', row));
  }

  get state(): ConversationListState {
    return (this.snapshot ??= this.buildState());
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** Where a conversation is in the rows of the state; -1 when it is not there. */
  indexOf(id: number): number {
    return this.rows.indexOf(this.query, id);
  }

  /** A row that is known, whether the list shows it or not. */
  row(id: number): ConversationRow | null {
    return this.rows.get(id);
  }

  /**
   * Asks for a conversation that is looked at and that no list has brought, until it is known or refused, or another is wanted;
   * null for none.
   */
  want(id: number | null): void {
    if (id === this.wanted) return;
    this.wanted = id;
    this.wishes += 1;
    this.wantedPause.end();
    if (id !== null) void this.fetchWanted(id, this.wishes);
  }

  /** The channel is asked for before the first request, so that nothing falls between the two. */
  start(): void {
    if (this.running) return;
    this.running = true;
    const channel = this.options.realtime.channel(INBOX_CHANNEL);
    this.channel = channel;
    this.offs.push(
      channel.onLive(() => this.kick()),
      channel.bind('ConversationUpdated', (event: RowEvent) => this.rowEvent(event)),
      channel.bind('ConversationErased', ({ conversation_id: id }: { conversation_id: number }) => this.forget(id)),
      this.options.realtime.events.on('status', () => this.changed()),
    );
    void this.loadPage();
  }

  stop(): void {
    this.running = false;
    this.offs.splice(0).forEach((off) => off());
    this.channel?.release();
    this.channel = null;
    this.clock.clearTimeout(this.pageRetry);
    this.clock.clearTimeout(this.reconcileTimer);
    this.want(null);
    this.kick();
  }

  /** The page woke up: look for news at once. */
  wake(): void {
    if (this.error) this.retryPage();
    this.wantedPause.end();
    this.kick();
  }

  /** Something has changed of which no event will come. Without a live channel, the waiting request tells it. */
  lookAgain(): void {
    if (this.live) this.kick();
  }

  /** From here on `state` is of this list. */
  show(query: ListQuery): void {
    if (queryKey(query) === queryKey(this.query)) return;
    this.query = query;
    this.error = null;
    this.changed();
    if (this.running && !this.rows.isLoaded(query)) void this.loadPage();
  }

  loadMore(): void {
    if (this.running && this.rows.hasMore(this.query)) void this.loadPage();
  }

  /** After `state.error`: without waiting for the next attempt. */
  retryPage(): void {
    this.clock.clearTimeout(this.pageRetry);
    void this.loadPage();
  }

  /** A row that came as an answer to one of the agent's own actions. */
  apply(row: ConversationRow): void {
    if (this.rows.merge(row)) this.changed();
  }

  /** Shows a change before the server has answered; the answered function ends that. */
  assume(id: number, change: Partial<ConversationRow>): () => void {
    const end = this.rows.assume(id, change);
    this.changed();
    return () => {
      end();
      this.changed();
    };
  }

  /** The conversation is not there any more. */
  forget(id: number): void {
    if (!this.rows.get(id)) return;
    this.rows.forget(id);
    this.events.emit('erased', id);
    this.changed();
  }

  /** Runs once, if the list that is shown is without the conversation with the next change. */
  afterLeaving(id: number, run: () => void): void {
    this.leaving.clear();
    this.leaving.set(id, run);
  }

  /** The next page of the list that is shown; the first one also starts the following of changes. */
  private async loadPage(): Promise<void> {
    if (this.loadingPage || !this.running) return;
    const { query, paging } = this;
    this.loadingPage = true;
    this.error = null;
    this.changed();
    try {
      const page = await this.options.api.list(query, this.rows.pageCursor(query), PAGE_LIMIT);
      if (!this.running) return;
      this.pageBackoff.reset();
      this.setReachable(true);
      if (paging === this.paging) {
        this.rows.applyPage(query, page.conversations, page.next ?? null, page.revision);
        if (this.cursor === null) this.follow(page.revision);
      }
    } catch (thrown) {
      if (this.running) this.pageFailed(toApiError(thrown));
    } finally {
      this.loadingPage = false;
      this.changed();
    }
    // While this page was on its way the agent may have chosen another list, or paging began again.
    if ((this.query !== query || this.paging !== paging) && !this.rows.isLoaded(this.query)) void this.loadPage();
  }

  private pageFailed(error: ApiError): void {
    this.error = error;
    this.setReachable(!error.offline);
    if (!error.transient) return;
    const delayMs = Math.max(this.pageBackoff.next(), (error.retryAfter ?? 0) * 1_000);
    this.clock.clearTimeout(this.pageRetry);
    this.pageRetry = this.clock.setTimeout(() => void this.loadPage(), delayMs);
  }

  private async fetchWanted(id: number, wish: number): Promise<void> {
    const backoff = new Backoff(this.clock);
    while (this.running && wish === this.wishes && !this.rows.get(id)) {
      try {
        this.apply(await this.options.api.conversation(id));
        this.setReachable(true);
      } catch (thrown) {
        const error = toApiError(thrown);
        this.setReachable(!error.offline);
        if (!error.transient) return;
        const askedMs = (error.retryAfter ?? 0) * 1_000;
        if (wish === this.wishes) await this.wantedPause.wait(Math.max(backoff.next(), askedMs), error.retryAfter === null);
      }
    }
  }

  private follow(revision: number): void {
    this.cursor = revision;
    this.upToDate = false;
    void this.followChanges();
  }

  private get live(): boolean {
    return this.channel?.live ?? false;
  }

  private async followChanges(): Promise<void> {
    while (this.running && this.cursor !== null) {
      try {
        if (this.live && this.upToDate) await this.pause.wait(null);
        else await this.pull(this.cursor);
      } catch (thrown) {
        if (!this.running || this.longPoll?.signal.aborted) continue;
        const error = toApiError(thrown);
        this.upToDate = false;
        this.setReachable(!error.offline);
        const askedMs = (error.retryAfter ?? 0) * 1_000;
        await this.pause.wait(Math.max(this.backoff.next(), askedMs), error.retryAfter === null);
      }
    }
  }

  /** Fetches what changed; with nothing missing and no live channel, waits at the server for news. */
  private async pull(cursor: number): Promise<void> {
    const resting = this.upToDate && !this.live;
    const hidden = resting && (this.options.isHidden?.() ?? false);
    if (hidden) await this.pause.wait(HIDDEN_POLL_MS);
    if (!this.running) return;
    const wait = resting && !hidden ? LONG_POLL_SECONDS : 0;
    const kicksBefore = this.kicks;
    const startedAt = this.clock.now();
    this.longPoll = wait ? new AbortController() : null;
    const page = await this.options.api.changedSince(cursor, CHANGES_LIMIT, wait, this.longPoll?.signal);
    if (!this.running) return;
    this.backoff.reset();
    this.setReachable(true);
    this.applyChanges(page);
    if (this.changesPages >= MAX_CHANGES_PAGES) await this.startOver(cursor);
    if (this.kicks === kicksBefore) this.upToDate = !page.has_more;
    const changed = page.conversations.length > 0;
    if (wait && !changed && this.clock.now() - startedAt < HELD_MS) await this.pause.wait(POLL_PAUSE_MS);
  }

  private applyChanges(page: ConversationPage): void {
    for (const row of page.conversations) this.mergeNews(row);
    const top = page.conversations[page.conversations.length - 1]?.revision ?? 0;
    this.cursor = Math.max(this.cursor ?? 0, top, page.has_more ? 0 : page.revision);
    this.changesPages = page.has_more ? this.changesPages + 1 : 0;
    this.changed();
  }

  /** The revision is asked for before the page, so that nothing falls between the two. */
  private async startOver(cursor: number): Promise<void> {
    const { revision } = await this.options.api.list(listQuery({ status: 'all' }), null, 1);
    if (!this.running) return;
    this.cursor = Math.max(cursor, revision);
    this.changesPages = 0;
    this.paging += 1;
    this.rows.restartPaging();
    void this.loadPage();
  }

  private rowEvent(event: RowEvent): void {
    if (event.reference) {
      const known = this.rows.get(event.id);
      if (!known || known.revision < event.revision) this.kick();
      return;
    }
    if (this.mergeNews(event)) this.changed();
    this.reconcileTimer ??= this.clock.setTimeout(() => {
      this.reconcileTimer = null;
      this.kick();
    }, RECONCILE_MS);
  }

  private mergeNews(row: ConversationRow): boolean {
    const known = this.rows.get(row.id);
    if (!this.rows.merge(row)) return false;
    const isMessage = row.last_seq > (known?.last_seq ?? 0) && row.unread_count > (known?.unread_count ?? 0);
    if (isMessage && row.last_message?.sender_type === 'visitor') this.events.emit('incoming', row);
    return true;
  }

  /** Something may have been missed: look again, at once. */
  private kick(): void {
    this.kicks += 1;
    this.upToDate = false;
    this.longPoll?.abort();
    this.pause.end();
    this.changed();
  }

  private setReachable(reachable: boolean): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    this.changed();
  }

  private changed(): void {
    this.snapshot = null;
    const { state } = this;
    for (const [id, run] of this.leaving) {
      if (this.indexOf(id) !== -1) continue;
      this.leaving.delete(id);
      run();
    }
    this.events.emit('change', state);
  }

  private get connection(): ConnectionStatus {
    if (this.live) return 'live';
    if (!this.reachable) return 'reconnecting';
    return this.options.realtime.status.provider === null ? 'connecting' : 'polling';
  }

  private buildState(): ConversationListState {
    const { query, rows, loadingPage, error } = this;
    return {
      query,
      rows: rows.select(query),
      loaded: rows.isLoaded(query),
      hasMore: rows.isLoaded(query) && rows.hasMore(query),
      loadingPage,
      error,
      connection: this.connection,
      unreadConversations: rows.unreadConversations,
    };
  }
}
