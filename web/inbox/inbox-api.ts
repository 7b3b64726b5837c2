/**
 * The endpoints that only agents have. What a conversation itself needs is the same for both sides
 * and lives in `shared/chat-api.ts`.
 */

import type { ApiClient } from '../shared/api.ts';
import type { Assignee, ConversationStatus, Message, RealtimeConfig } from '../shared/types.ts';

export interface Agent {
  id: number;
  name: string;
  email: string;
  role: string;
}

/** Who is logged in, how this page gets its news, and what a message may hold. */
export interface Me {
  agent: Agent;
  realtime: RealtimeConfig;
  limits?: { file_max_bytes: number; file_max_count: number; file_types: string[] };
}

export type ConversationFilter = 'open' | 'closed' | 'all';

/** A conversation as the list shows it. */
export interface ConversationRow {
  id: number;
  widget_id: number;
  widget_name: string;
  visitor_name: string | null;
  visitor_email: string | null;
  visitor_phone: string | null;
  status: ConversationStatus;
  assigned_to: Assignee | null;
  last_message: Message | null;
  last_seq: number;
  /** From one counter of the installation; a higher one is a newer state, of any conversation. */
  revision: number;
  /** Visitor's messages that no agent has read. */
  unread_count: number;
  /** Up to here the messages have reached an open inbox. */
  delivered_seq: number;
  created_at: string;
  last_message_at: string | null;
  visitor_id?: number;
  /** Whether the site has vouched for who the visitor is. */
  verified?: boolean;
  /** The team that looks after it. */
  team?: { id: number; name: string } | null;
  priority?: 'low' | 'medium' | 'high' | 'urgent' | null;
  /** Ascending. */
  label_ids?: number[];
  snoozed_until?: string | null;
  note_count?: number;
}

/** `ConversationUpdated`, or only a pointer to the row when it was too large to carry. */
export type RowEvent =
  | (ConversationRow & { reference?: undefined })
  | { id: number; revision: number; reference: true };

export interface ConversationPage {
  conversations: ConversationRow[];
  has_more: boolean;
  /** The newest revision that `after_revision` may go on from. */
  revision: number;
}

export interface NewAgent {
  token: string;
  name: string;
  email: string;
  password: string;
}

/** Up to which `seq` a conversation has reached this inbox. */
export interface DeliveredMark {
  conversation_id: number;
  up_to_seq: number;
}

/** The most marks that one request may carry. */
export const MAX_DELIVERED_MARKS = 200;

/** Time that a long-poll gets beyond the seconds the server may hold it. */
const LONG_POLL_GRACE_MS = 10_000;

export class InboxApi {
  constructor(private readonly http: ApiClient) {}

  /** Whether a set-up token can still be used. */
  async checkSetup(token: string): Promise<boolean> {
    const answer = await this.http.post<{ valid: boolean }>('/api/v1/setup/check', { token });
    return answer.valid;
  }

  /** Makes the first agent and logs in as it. 403: the token was used or has expired. */
  setUp(agent: NewAgent): Promise<{ agent: Agent }> {
    return this.http.post('/api/v1/setup', agent);
  }

  /** 401: wrong e-mail or password. 429: too many attempts. */
  logIn(email: string, password: string): Promise<{ agent: Agent }> {
    return this.http.post('/api/v1/session', { email, password });
  }

  logOut(): Promise<void> {
    return this.http.request('DELETE', '/api/v1/session');
  }

  me(): Promise<Me> {
    return this.http.get('/api/v1/me');
  }

  /** The team. */
  async agents(): Promise<Agent[]> {
    const { agents } = await this.http.get<{ agents: Agent[] }>('/api/v1/agents');
    return agents;
  }

  /** The most recently changed, newest first, from below a revision on. */
  newest(filter: ConversationFilter, beforeRevision: number | null, limit: number): Promise<ConversationPage> {
    const query = { filter, before_revision: beforeRevision, limit };
    return this.http.get('/api/v1/conversations', { query });
  }

  /** What changed after a revision, oldest change first; the server may hold the answer for `waitSeconds`. */
  changedSince(
    revision: number,
    limit: number,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<ConversationPage> {
    const query = { after_revision: revision, limit, wait: waitSeconds || null };
    const timeoutMs = waitSeconds ? waitSeconds * 1_000 + LONG_POLL_GRACE_MS : undefined;
    return this.http.get('/api/v1/conversations', { query, signal, timeoutMs });
  }

  async markDelivered(marks: DeliveredMark[]): Promise<void> {
    await this.http.post('/api/v1/delivered', { marks }, { keepalive: true });
  }

  close(id: number): Promise<ConversationRow> {
    return this.change(id, 'close', {});
  }

  reopen(id: number): Promise<ConversationRow> {
    return this.change(id, 'reopen', {});
  }

  /** Null: to nobody. */
  assign(id: number, agentId: number | null): Promise<ConversationRow> {
    return this.change(id, 'assign', { agent_id: agentId });
  }

  private async change(id: number, action: string, body: object): Promise<ConversationRow> {
    const answer = await this.http.post<{ conversation: ConversationRow }>(
      `/api/v1/conversations/${id}/${action}`,
      body,
    );
    return answer.conversation;
  }
}
