/** The endpoints about what is kept of people: given out, erased, kept for some time, and who is kept out. */

import type { ApiClient } from '../shared/api.ts';

export interface Block {
  id: number;
  /** One of both. */
  visitor: { id: number; name: string | null } | null;
  /** An address or a network, with the length of its prefix. */
  network: string | null;
  agent: { id: number; name: string };
  created_at: string;
  /** Null: until it is taken back. */
  expires_at: string | null;
  reason: string | null;
}

export interface NewBlock {
  visitor_id?: number;
  network?: string;
  expires_at?: string | null;
  reason?: string | null;
}

/** In days; null is for ever. */
export interface Retention {
  closed_conversations_days: number | null;
  visits_days: number | null;
}

/** As the server has it. */
export const RETENTION_DAYS = { least: 7, most: 3_650 };

const PREFIX = '/api/v1';
const PAGE_LIMIT = 100;

export class PrivacyApi {
  constructor(private readonly http: ApiClient) {}

  /** Newest first, without those that are over. */
  blocks(beforeId: number | null): Promise<{ blocks: Block[]; has_more: boolean }> {
    return this.http.get(`${PREFIX}/blocks`, { query: { before_id: beforeId, limit: PAGE_LIMIT } });
  }

  async block(block: NewBlock): Promise<Block> {
    return (await this.http.post<{ block: Block }>(`${PREFIX}/blocks`, block)).block;
  }

  unblock(id: number): Promise<void> {
    return this.http.request('DELETE', `${PREFIX}/blocks/${id}`);
  }

  /** Where a browser downloads it. */
  exportUrl(visitorId: number): string {
    return `${PREFIX}/visitors/${visitorId}/export`;
  }

  erase(visitorId: number): Promise<void> {
    return this.http.request('DELETE', `${PREFIX}/visitors/${visitorId}`, { timeoutMs: ERASE_TIMEOUT_MS });
  }

  retention(widgetId: number): Promise<Retention> {
    return this.http.get(`${PREFIX}/widgets/${widgetId}/retention`);
  }

  setRetention(widgetId: number, retention: Retention): Promise<Retention> {
    return this.http.request('PUT', `${PREFIX}/widgets/${widgetId}/retention`, { body: retention });
  }
}

/** A visitor with years of conversations takes the server some seconds. */
const ERASE_TIMEOUT_MS = 60_000;
