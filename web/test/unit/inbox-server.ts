/** An inbox in memory that answers as the server does, and a real-time channel that tests move by hand. */

import { ApiError } from '../../shared/api.ts';
import { Emitter } from '../../shared/emitter.ts';
import { RealtimeChannel, type Realtime, type RealtimeStatus } from '../../shared/realtime.ts';
import type { ConversationStatus } from '../../shared/types.ts';
import type { ConversationFilter, ConversationPage, ConversationRow } from '../../inbox/inbox-api.ts';
import { message } from './fakes.ts';

export function row(id: number, revision: number, fields: Partial<ConversationRow> = {}): ConversationRow {
  return {
    id,
    widget_id: 1,
    widget_name: 'Shop',
    visitor_name: null,
    visitor_email: null,
    visitor_phone: null,
    status: 'active',
    assigned_to: null,
    last_message: null,
    last_seq: 0,
    revision,
    unread_count: 0,
    delivered_seq: 0,
    created_at: '2026-01-01T00:00:00Z',
    last_message_at: null,
    ...fields,
  };
}

/** The nth second of a day, so that a higher number is later. */
export function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
}

export class FakeInbox {
  readonly rows = new Map<number, ConversationRow>();
  revision = 0;
  private seconds = 0;
  /** The requests that were made, as `filter<before` or `>after`, with `…` for those that may wait. */
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
  list(filter: ConversationFilter): ConversationRow[] {
    const latest = (row: ConversationRow) => Date.parse(row.last_message_at ?? row.created_at);
    return this.matching(filter).sort((a, b) => latest(b) - latest(a) || b.id - a.id);
  }

  readonly api = {
    newest: async (filter: ConversationFilter, before: number | null, limit: number): Promise<ConversationPage> => {
      this.request(`${filter}<${before ?? ''}`);
      const rows = this.matching(filter)
        .filter((row) => before === null || row.revision < before)
        .sort((a, b) => b.revision - a.revision);
      const page = rows.slice(0, limit);
      await this.slowness;
      return { conversations: page, has_more: rows.length > limit, revision: page[0]?.revision ?? 0 };
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

  private matching(filter: ConversationFilter): ConversationRow[] {
    const rows = [...this.rows.values()];
    return rows.filter((row) => filter === 'all' || (row.status === 'closed') === (filter === 'closed'));
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
