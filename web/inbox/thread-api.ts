/**
 * What agents do within one conversation beside answering: notes, canned replies, corrections of their own messages,
 * the visitor's page, a transcript. `inbox-api.ts` has the list and the log-in.
 */

import type { ApiClient } from '../shared/api.ts';
import type { ConversationRow } from './inbox-api.ts';

/** Something that only the team reads, at its place among the messages. */
export interface Note {
  id: number;
  conversation_id: number;
  agent: { id: number; name: string };
  /** Markdown, with `@[Name](agent:ID)` for a colleague who is told of it. */
  body: string;
  mentions: number[];
  /** The `seq` of the message that it stands behind; 0: before all. */
  after_seq: number;
  created_at: string;
  edited_at: string | null;
  /** With it, `body` is empty. */
  deleted_at: string | null;
}

export interface CannedReply {
  id: number;
  shortcut: string;
  title: string;
  /** Markdown with variables such as `{{visitor.first_name}}`. */
  body: string;
  /** Whether the whole team has it. */
  shared: boolean;
}

export type Priority = 'low' | 'medium' | 'high' | 'urgent';

export interface Team {
  id: number;
  name: string;
}

export interface Label {
  id: number;
  name: string;
  /** `#rrggbb`. */
  color: string;
}

export interface PageView {
  url: string;
  title: string | null;
  at: string;
}

export interface VisitorProfile {
  id: number;
  name: string | null;
  email: string | null;
  phone: string | null;
  external_id: string | null;
  /** Whether the site has vouched for who this is. */
  verified: boolean;
  metadata: Record<string, unknown> | null;
  created_at: string;
  note: string | null;
  blocked: boolean;
}

interface Block {
  id: number;
  visitor: { id: number } | null;
}

export interface VisitorAnswer {
  visitor: VisitorProfile;
  /** Newest first. */
  conversations: ConversationRow[];
  /** Newest first. */
  pages: PageView[];
  browser: string | null;
  location: string | null;
}

/** What a conversation began with. */
export interface ConversationDetails {
  pre_chat: { name: string; label: string; value: string }[];
  consent_at: string | null;
  page: { url: string | null; title: string | null; referrer: string | null };
  locale: string | null;
  timezone: string | null;
}

/** The largest page there is, and how many of them are worth asking for. */
const PAGE_LIMIT = 200;
const MAX_PAGES = 5;

export type TranscriptFormat = 'text' | 'json';

export class ThreadApi {
  constructor(private readonly http: ApiClient) {}

  /** Oldest first; of very many the newest. */
  async notes(conversationId: number): Promise<Note[]> {
    const found: Note[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = { before_id: found[0]?.id, limit: PAGE_LIMIT };
      const { notes, has_more: hasMore } = await this.http.get<{ notes: Note[]; has_more: boolean }>(`/api/v1/conversations/${conversationId}/notes`, { query });
      found.unshift(...notes);
      if (!hasMore) break;
    }
    return found;
  }

  async addNote(conversationId: number, body: string): Promise<Note> {
    const { note } = await this.http.post<{ note: Note }>(`/api/v1/conversations/${conversationId}/notes`, { body });
    return note;
  }

  async editNote(id: number, body: string): Promise<Note> {
    const { note } = await this.http.request<{ note: Note }>('PATCH', `/api/v1/notes/${id}`, { body: { body } });
    return note;
  }

  deleteNote(id: number): Promise<void> {
    return this.http.request('DELETE', `/api/v1/notes/${id}`);
  }

  /** The shared ones and the agent's own. */
  async cannedReplies(): Promise<CannedReply[]> {
    const found: CannedReply[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = { after_id: found[found.length - 1]?.id, limit: PAGE_LIMIT };
      const { canned_replies: replies, has_more: hasMore } = await this.http.get<{ canned_replies: CannedReply[]; has_more: boolean }>('/api/v1/canned-replies', { query });
      found.push(...replies);
      if (!hasMore) break;
    }
    return found;
  }

  async teams(): Promise<Team[]> {
    const { teams } = await this.http.get<{ teams: Team[] }>('/api/v1/teams');
    return teams;
  }

  async labels(): Promise<Label[]> {
    const { labels } = await this.http.get<{ labels: Label[] }>('/api/v1/labels');
    return labels;
  }

  /** Null: no team looks after it. */
  assignTeam(conversationId: number, teamId: number | null): Promise<ConversationRow> {
    return this.change('POST', conversationId, 'assign', { team_id: teamId });
  }

  setPriority(conversationId: number, priority: Priority | null): Promise<ConversationRow> {
    return this.change('POST', conversationId, 'priority', { priority });
  }

  setLabels(conversationId: number, labelIds: readonly number[]): Promise<ConversationRow> {
    return this.change('PUT', conversationId, 'labels', { label_ids: labelIds });
  }

  /** It comes back then, or with the visitor's next message. */
  snooze(conversationId: number, until: Date): Promise<ConversationRow> {
    return this.change('POST', conversationId, 'snooze', { until: until.toISOString() });
  }

  /** 403: somebody else's. 409: too long ago. */
  editMessage(id: number, message: string): Promise<unknown> {
    return this.http.request('PATCH', `/api/v1/messages/${id}`, { body: { message } });
  }

  deleteMessage(id: number): Promise<void> {
    return this.http.request('DELETE', `/api/v1/messages/${id}`);
  }

  visitor(id: number): Promise<VisitorAnswer> {
    return this.http.get(`/api/v1/visitors/${id}`);
  }

  async setVisitorNote(id: number, note: string): Promise<void> {
    await this.http.request('PATCH', `/api/v1/visitors/${id}`, { body: { note } });
  }

  async blockVisitor(id: number): Promise<void> {
    await this.http.post('/api/v1/blocks', { visitor_id: id });
  }

  async unblockVisitor(id: number): Promise<void> {
    for (let page = 0, before: number | undefined; page < MAX_PAGES; page += 1) {
      const query = { before_id: before, limit: PAGE_LIMIT };
      const { blocks, has_more: hasMore } = await this.http.get<{ blocks: Block[]; has_more: boolean }>('/api/v1/blocks', { query });
      for (const block of blocks) if (block.visitor?.id === id) await this.http.request('DELETE', `/api/v1/blocks/${block.id}`);
      before = blocks[blocks.length - 1]?.id;
      if (!hasMore) return;
    }
  }

  /** What a conversation began with; the whole of it is read by its session. */
  async details(conversationId: number): Promise<ConversationDetails | null> {
    const answer = await this.http.get<{ details?: ConversationDetails }>(`/api/chatbot/conversation/${conversationId}`, { query: { limit: 1 } });
    return answer.details ?? null;
  }

  /** Where a browser downloads it. */
  transcriptUrl(conversationId: number, format: TranscriptFormat, withNotes: boolean): string {
    return `/api/v1/conversations/${conversationId}/transcript?format=${format}${withNotes ? '&notes=1' : ''}`;
  }

  private async change(method: string, conversationId: number, what: string, body: object): Promise<ConversationRow> {
    const path = `/api/v1/conversations/${conversationId}/${what}`;
    const { conversation } = await this.http.request<{ conversation: ConversationRow }>(method, path, { body });
    return conversation;
  }
}
