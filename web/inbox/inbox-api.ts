/**
 * The endpoints that only agents have. What a conversation itself needs is the same for both sides
 * and lives in `shared/chat-api.ts`.
 */

import type { ApiClient } from '../shared/api.ts';
import type { WidgetRow } from './widgets-api.ts';
import type { Assignee, ConversationStatus, Message, ProviderName, RealtimeConfig } from '../shared/types.ts';
import { queryParts, type ListQuery, type Priority } from './state/list-query.ts';
import type { SignInGrant } from './state/sign-in.ts';

export interface Agent {
  id: number;
  name: string;
  email: string;
  role: string;
  /** Whether the agent is in the team; one who has left cannot be given anything. */
  active?: boolean;
  /** The agent's own switch. */
  available?: boolean;
}

/** Who is logged in, how this page gets its news, and what a message may hold. */
export interface Me {
  agent: Agent;
  /** Of the inbox; null for that of the browser. */
  language: string | null;
  /** A second factor has to be set up before anything else. */
  two_factor_missing: boolean;
  realtime: RealtimeConfig;
  /** For so many seconds an agent may edit and delete what they sent. */
  edit_seconds: number;
  limits?: { file_max_bytes: number; file_max_count: number; file_types: string[] };
}

/** A conversation as the list shows it. */
export interface ConversationRow {
  id: number;
  widget_id: number;
  widget_name: string;
  visitor_name: string | null;
  visitor_email: string | null;
  visitor_phone: string | null;
  visitor_id: number;
  /** Whether the site vouches for who the visitor is. */
  verified: boolean;
  status: ConversationStatus;
  assigned_to: Assignee | null;
  team: Assignee | null;
  priority: Priority | null;
  /** Ascending. */
  label_ids: number[];
  snoozed_until: string | null;
  /** Since when the oldest unanswered message of the visitor waits. */
  waiting_since: string | null;
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
  note_count?: number;
  /** The agents who are mentioned in its notes. */
  mentioned_agent_ids?: number[];
}

/** `ConversationUpdated`, or only a pointer to the row when it was too large to carry. */
export type RowEvent =
  | (ConversationRow & { reference?: undefined })
  | { id: number; revision: number; reference: true };

export interface ConversationPage {
  conversations: ConversationRow[];
  has_more: boolean;
  /** Where the next page of a list begins; null after the last one. */
  next?: string | null;
  /** The newest revision that `after_revision` may go on from. */
  revision: number;
}

/** How many open conversations there are, by what lists are chosen by. */
export interface ConversationCounts {
  mine: number;
  unassigned: number;
  all: number;
  /** Of each of these, those with something unread. */
  unread: { mine: number; unassigned: number; all: number };
  by_status: { pending: number; active: number; snoozed: number };
  by_team: { id: number; count: number }[];
  by_label: { id: number; count: number }[];
  /** The agent's mentions that it has not seen. */
  unread_mentions?: number;
}

/** What is to be changed about a conversation; what is absent stays. */
export interface TriageAction {
  status?: ConversationStatus;
  /** Null: nobody. */
  agent_id?: number | null;
  team_id?: number | null;
  priority?: Priority | null;
  add_label_ids?: number[];
  remove_label_ids?: number[];
  /** Puts it off until then. */
  snoozed_until?: string;
}

/** The most conversations of one request. */
export const MAX_BULK = 100;

export interface BulkResult {
  id: number;
  conversation?: ConversationRow;
  error?: { message?: string };
}

export interface Team {
  id: number;
  name: string;
  agent_ids: number[];
}

export interface Label {
  id: number;
  name: string;
  /** `#rrggbb` */
  color: string;
}

/** A list with a name. */
export interface SavedView {
  id: number;
  name: string;
  /** As in the address of a list. */
  filter: Record<string, unknown>;
  /** Everybody sees it. */
  shared: boolean;
  /** Whether this agent made it. */
  mine: boolean;
}

/** A note in which a colleague mentioned the agent. */
export interface Mention {
  id: number;
  conversation_id: number;
  visitor_name: string | null;
  note: { id: number; agent: { id: number; name: string }; body: string; created_at: string };
  read_at: string | null;
}

export interface MentionPage {
  mentions: Mention[];
  unread_count: number;
  has_more: boolean;
}

export interface FoundMessage {
  conversation_id: number;
  seq: number;
  message_id: number;
  sender_name: string | null;
  at: string;
  /** Plain text on one line. */
  snippet: string;
  /** Begin and end in UTF-16 code units. */
  highlights: [number, number][];
  conversation: { visitor_name: string | null; status: ConversationStatus };
}

export interface FoundPerson {
  visitor_id: number;
  name: string | null;
  email: string | null;
  phone: string | null;
  last_conversation_id: number | null;
}

export interface Found {
  messages: FoundMessage[];
  people: FoundPerson[];
  next: string | null;
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

  /** 401: wrong e-mail or password; with `two_factor_required`, a code is needed or was wrong. 429: too many attempts. */
  logIn(email: string, password: string, code: string | null = null): Promise<{ agent: Agent }> {
    return this.http.post('/api/v1/session', { email, password, code });
  }

  logOut(): Promise<void> {
    return this.http.request('DELETE', '/api/v1/session');
  }

  /** Whom a socket is to belong to: the agent who is logged in. */
  signIn(socketId: string, provider: ProviderName): Promise<SignInGrant> {
    // The app's own socket server is the default; another one signs with another key.
    return this.http.post('/broadcasting/user-auth', { socket_id: socketId, ...(provider === 'pusher' && { provider }) });
  }

  me(): Promise<Me> {
    return this.http.get('/api/v1/me');
  }

  /** A page of a list, from its beginning or from where another page ended. */
  list(query: ListQuery, cursor: string | null, limit: number): Promise<ConversationPage> {
    return this.http.get('/api/v1/conversations', { query: { ...queryParts(query), cursor, limit } });
  }

  /** One conversation, as a list would show it. 404: there is none. */
  async conversation(id: number): Promise<ConversationRow> {
    return (await this.http.get<{ conversation: ConversationRow }>(`/api/v1/conversations/${id}`)).conversation;
  }

  counts(): Promise<ConversationCounts> {
    return this.http.get('/api/v1/conversations/counts');
  }

  /** The same for up to `MAX_BULK` conversations; answers what became of each. */
  async bulk(ids: readonly number[], action: TriageAction): Promise<BulkResult[]> {
    return (await this.http.post<{ results: BulkResult[] }>('/api/v1/conversations/bulk', { ids, action })).results;
  }

  /** The team. */
  async agents(): Promise<Agent[]> {
    return (await this.http.get<{ agents: Agent[] }>('/api/v1/agents')).agents;
  }

  async teams(): Promise<Team[]> {
    return (await this.http.get<{ teams: Team[] }>('/api/v1/teams')).teams;
  }

  async labels(): Promise<Label[]> {
    return (await this.http.get<{ labels: Label[] }>('/api/v1/labels')).labels;
  }

  async views(): Promise<SavedView[]> {
    return (await this.http.get<{ views: SavedView[] }>('/api/v1/views')).views;
  }

  async widgets(): Promise<WidgetRow[]> {
    return (await this.http.get<{ widgets: WidgetRow[] }>('/api/v1/widgets')).widgets;
  }

  async createView(view: Pick<SavedView, 'name' | 'filter' | 'shared'>): Promise<SavedView> {
    return (await this.http.post<{ view: SavedView }>('/api/v1/views', view)).view;
  }

  /** The newest, or those before one of them. */
  mentions(beforeId: number | null): Promise<MentionPage> {
    return this.http.get('/api/v1/mentions', { query: { before_id: beforeId } });
  }

  /** All up to this one have been seen; answers how many are left. */
  async readMentions(upToId: number): Promise<number> {
    return (await this.http.post<{ unread_count: number }>('/api/v1/mentions/read', { up_to_id: upToId })).unread_count;
  }

  /** Messages and people with these words; `cursor` goes on with messages. */
  search(words: string, cursor: string | null, limit: number): Promise<Found> {
    return this.http.get('/api/v1/search', { query: { q: words, in: cursor === null ? null : 'messages', cursor, limit } });
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
