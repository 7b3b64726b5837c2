/** What only a visitor asks for: the list of chats, a rating, a transcript. */

import type { ApiClient } from '../shared/api.ts';
import { ApiError } from '../shared/api.ts';
import { timeZone } from './format.ts';
import type { ConversationSummary } from '../shared/types.ts';
import type { HistoryPage } from './history.ts';

const HISTORY_PAGE = 20;

export class VisitorApi {
  constructor(
    private readonly http: ApiClient,
    private readonly baseUrl: string,
    private readonly token: () => string | null,
    private readonly locale: string,
  ) {}

  async conversations(before: string | number | null): Promise<HistoryPage> {
    const answer = await this.http.get<{ conversations?: ConversationSummary[]; next?: string | number | null }>(
      '/api/chatbot/conversations',
      { query: { limit: HISTORY_PAGE, before } },
    );
    return { conversations: answer.conversations ?? [], next: answer.next ?? null };
  }

  async rate(conversationId: number, score: number, comment: string): Promise<void> {
    const body = { conversation_id: conversationId, score, comment: comment || undefined };
    await this.http.post('/api/chatbot/rating', body);
  }

  /** A file with the texts of a chat, in the visitor's time zone. */
  async transcript(conversationId: number): Promise<Blob> {
    const query = new URLSearchParams({ format: 'text', tz: timeZone(this.locale) });
    const response = await fetch(`${this.baseUrl}/api/chatbot/conversation/${conversationId}/transcript?${query}`, {
      headers: { Authorization: `Bearer ${this.token() ?? ''}` },
      credentials: 'omit',
    });
    if (!response.ok) throw new ApiError('http', `The server answered ${response.status}.`, { status: response.status });
    return response.blob();
  }
}
