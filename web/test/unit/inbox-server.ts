/** An inbox in memory that answers as the server does, and a real-time channel that tests move by hand. */

import { ApiError } from '../../shared/api.ts';
import { Emitter } from '../../shared/emitter.ts';
import { RealtimeChannel, type Realtime, type RealtimeStatus } from '../../shared/realtime.ts';
import type { ConversationStatus } from '../../shared/types.ts';
import type { ConversationPage, ConversationRow } from '../../inbox/inbox-api.ts';
import { comparePlaces, listQuery, matches, placeOf, queryKey, type ListQuery } from '../../inbox/state/list-query.ts';
import { message } from './fakes.ts';

export function row(id: number, revision: number, fields: Partial<ConversationRow> = {}): ConversationRow {
  return {
    id,
    widget_id: 1,
    widget_name: 'Shop',
    visitor_name: null,
    visitor_email: null,
    visitor_phone: null,
    visitor_id: id,
    verified: false,
    status: 'active',
    assigned_to: null,
    team: null,
    priority: null,
    label_ids: [],
    snoozed_until: null,
    waiting_since: null,
    last_message: null,
    last_seq: 0,
    revision,
    unread_count: 0,
    delivered_seq: 0,
    created_at: '2026-01-01T00:00:00Z',
    last_message_at: '2026-01-01T00:00:00Z',
    ...fields,
  };
}

/** The nth second of a day, so that a higher number is later. */
export function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
}

/** Who is logged in. */
export const OWN_ID = 7;

export class FakeInbox {
  readonly rows = new Map<number, ConversationRow>();
  revision = 0;
  private seconds = 0;
  /** The requests that were made, as `query<cursor`, `=id` or `>after`, with `…` for those that may wait. */
  readonly requests: string[] = [];
  offline = false;
  /** While set, pages are made when asked for and answered when it resolves. */
  slowness: Promise<void> | null = null;
  private readonly waiting = new Set<() => void>();

  /** The visitor writes; the conversation begins with it if there is none. */
  say(id: number): ConversationRow {
    const before = this.rows.get(id) ?? row(id, 0, { status: 'pending' });
    const lastSeq = before.last_seq + 1;
    return this.put({
      ...before,
      last_seq: lastSeq,
      unread_count: before.unread_count + 1,
      last_message: message(lastSeq, { conversation_id: id, sender_type: 'visitor' }),
      last_message_at: at((this.seconds += 1)),
    });
  }

  read(id: number): ConversationRow {
    return this.change(id, { unread_count: 0 });
  }

  setStatus(id: number, status: ConversationStatus): ConversationRow {
    return this.change(id, { status });
  }

  /** In the order of the list. */
  list(change: Partial<ListQuery> = {}): ConversationRow[] {
    const query = listQuery(change);
    const rows = [...this.rows.values()].filter((row) => matches(row, query, OWN_ID));
    return rows.sort((a, b) => comparePlaces(placeOf(a, query.sort), placeOf(b, query.sort)));
  }

  readonly api = {
    list: async (query: ListQuery, cursor: string | null, limit: number): Promise<ConversationPage> => {
      this.request(`${queryKey(query)}<${cursor ?? ''}`);
      const { revision } = this;
      // A place and not a row, as the server has it: what has moved meanwhile moves no page.
      const after = cursor === null ? null : (JSON.parse(cursor) as [number, number, number]);
      const rows = this.list(query).filter((row) => after === null || comparePlaces(placeOf(row, query.sort), after) > 0);
      const page = rows.slice(0, limit);
      const last = page[page.length - 1];
      const next = rows.length > limit && last ? JSON.stringify(placeOf(last, query.sort)) : null;
      await this.slowness;
      return { conversations: page, has_more: next !== null, next, revision };
    },
    conversation: async (id: number): Promise<ConversationRow> => {
      this.request(`=${id}`);
      const found = this.rows.get(id);
      await this.slowness;
      if (!found) throw new ApiError('http', 'there is no such conversation', { status: 404 });
      return found;
    },
    changedSince: async (
      revision: number,
      limit: number,
      waitSeconds: number,
      signal?: AbortSignal,
    ): Promise<ConversationPage> => {
      this.request(`>${revision}${waitSeconds ? '…' : ''}`);
      if (waitSeconds && this.revision <= revision) await this.news(signal);
      if (this.offline) throw new ApiError('network', 'unreachable');
      const rows = [...this.rows.values()].filter((row) => row.revision > revision);
      const page = rows.sort((a, b) => a.revision - b.revision).slice(0, limit);
      const reached = page[page.length - 1]?.revision ?? revision;
      return { conversations: page, has_more: rows.length > limit, revision: reached };
    },
  };

  /** Answers every request that waits for news. */
  wakeWaiting(): void {
    for (const wake of [...this.waiting]) wake();
  }

  private change(id: number, fields: Partial<ConversationRow>): ConversationRow {
    const before = this.rows.get(id);
    if (!before) throw new Error(`there is no conversation ${id}`);
    return this.put({ ...before, ...fields });
  }

  private put(row: ConversationRow): ConversationRow {
    const stored = { ...row, revision: (this.revision += 1) };
    this.rows.set(row.id, stored);
    this.wakeWaiting();
    return stored;
  }

  private request(line: string): void {
    this.requests.push(line);
    if (this.offline) throw new ApiError('network', 'unreachable');
  }

  private news(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.waiting.delete(done);
        resolve();
      };
      this.waiting.add(done);
      signal?.addEventListener('abort', () => {
        this.waiting.delete(done);
        reject(new ApiError('aborted', 'cancelled'));
      });
    });
  }
}

/** The inbox's channel, live or not as the test says. */
export class FakeRealtime {
  status: RealtimeStatus = { provider: null, connected: false };
  readonly events: Realtime['events'] = new Emitter();
  readonly inbox = new RealtimeChannel('private-chat.inbox', { trigger: () => false, release: () => {} });

  channel(): RealtimeChannel {
    this.inbox.hold();
    return this.inbox;
  }

  up(): void {
    this.setStatus({ provider: 'reverb', connected: true });
    this.inbox.becameLive(null);
  }

  down(): void {
    this.setStatus({ provider: 'polling', connected: false });
    this.inbox.becameQuiet();
  }

  private setStatus(status: RealtimeStatus): void {
    this.status = status;
    this.events.emit('status', status);
  }
}
