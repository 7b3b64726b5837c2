/** Tells which page the visitor looks at while it has a chat there; loaded with the first conversation. */

import type { ApiClient } from '../shared/api.ts';
import type { SessionState } from '../shared/conversation-session.ts';

/** Pages that change without being loaded announce it in many ways; a look now and then finds all of them. */
const LOOK_MS = 2_000;

export interface PageSeen {
  url: string;
  title: string;
}

/** A look tells a page once in each conversation, and only one that somebody can see. */
export function pageTeller(http: Pick<ApiClient, 'post'>, state: () => SessionState, page: () => PageSeen, isVisible: () => boolean): () => Promise<void> {
  let told = '';
  return async () => {
    const { phase, conversationId } = state();
    if (phase !== 'ready' || conversationId === null || !isVisible()) return;
    const { url, title } = page();
    const now = `${conversationId} ${url}`;
    if (now === told) return;
    told = now;
    // Nobody waits for it, and the next page is told again.
    await http.post('/api/chatbot/page', { conversation_id: conversationId, url, title }).catch(() => {});
  };
}

/** Looks until the page is left. */
export function followPages(...from: Parameters<typeof pageTeller>): void {
  const look = pageTeller(...from);
  void look();
  setInterval(() => void look(), LOOK_MS);
}
