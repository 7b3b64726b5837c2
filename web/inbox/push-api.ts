/** The endpoints about browsers that are told of messages while no inbox is open in them. */

import type { ApiClient } from '../shared/api.ts';
import type { Attention } from './state/preferences.ts';

export interface PushBrowser {
  id: number;
  /** This one. */
  current: boolean;
  notify_of: Attention;
  with_text: boolean;
  user_agent: string | null;
  created_at: string;
  delivered_at: string | null;
  /** Why its push service did not take the newest notification. */
  error: string | null;
}

export interface PushBrowsers {
  /** What a browser subscribes with, as base64url. */
  public_key: string;
  /** The login of the one who asks. */
  session_id: number;
  subscriptions: PushBrowser[];
}

/** What a browser is told. */
export interface PushWishes {
  notify_of: Attention;
  with_text: boolean;
}

export const PUSH_PATH = '/api/v1/me/push_subscriptions';

export class PushApi {
  constructor(private readonly http: ApiClient) {}

  list(): Promise<PushBrowsers> {
    return this.http.get(PUSH_PATH);
  }

  /** This browser, or what it wants from now on. */
  async subscribe(subscription: PushSubscriptionJSON, wishes: PushWishes): Promise<PushBrowser> {
    const { endpoint, keys } = subscription;
    return (await this.http.post<{ subscription: PushBrowser }>(PUSH_PATH, { endpoint, keys, ...wishes })).subscription;
  }

  remove(id: number): Promise<void> {
    return this.http.request('DELETE', `${PUSH_PATH}/${id}`);
  }

  test(id: number): Promise<void> {
    return this.http.post(`${PUSH_PATH}/${id}/test`, {});
  }

  /** The agent looks at the inbox, or looks away: while they look, no browser is told. */
  async looking(looking: boolean): Promise<void> {
    await this.http.post('/api/v1/me/looking', { looking }, { keepalive: true });
  }
}
