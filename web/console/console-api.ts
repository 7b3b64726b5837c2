/** What the console asks of its server, and the shapes of the answers. Knows no page. */

import { ApiClient, ApiError, type RequestOptions } from '../shared/api.ts';

export interface SessionAnswer {
  /** The agent's name; none where there is only a password. */
  name: string | null;
  password_only: boolean;
  /** Where the console is when the WebSocket server is another process. */
  elsewhere: string | null;
}

export interface AppCounts {
  id: string;
  key: string;
  enabled: boolean;
  client_events: boolean;
  allowed_origins: string[];
  max_connections: number | null;
  max_message_bytes: number;
  connections: number;
  subscriptions: number;
  messages_received: number;
  messages_sent: number;
  received_bytes: number;
  sent_bytes: number;
  overload_refusals: number;
  client_event_refusals: number;
  drops: Record<string, number>;
}

export interface OverviewAnswer {
  version: string;
  uptime_ms: number;
  sockets: number;
  waiting_bytes: number;
  panics: number;
  n_apps: number;
  apps: AppCounts[];
}

export type ChannelKind = 'public' | 'private' | 'encrypted' | 'presence' | 'user';

export interface ChannelSummary {
  name: string;
  kind: ChannelKind;
  cache: boolean;
  subscriptions: number;
  member_count: number | null;
}

export interface ChannelsAnswer {
  channels: ChannelSummary[];
  matching: number;
  occupied: number;
}

export interface Member {
  id: string;
  info: unknown;
}

export interface ChannelAnswer extends ChannelSummary {
  members?: Member[];
  cached?: { event: string; data: string; ttl_ms: number } | null;
}

export interface PastEvent {
  id: string;
  event: string;
  data: string;
  age_ms: number;
}

export interface HistoryAnswer {
  /** Whether the channel keeps a history at all. */
  kept: boolean;
  total: number;
  /** The newest first. */
  events: PastEvent[];
}

export interface Connection {
  socket_id: string;
  age_ms: number;
  silent_ms: number;
  address: string | null;
  user_id: string | null;
  subscriptions: number;
  channels: string[];
  waiting_bytes: number;
}

export interface ConnectionsAnswer {
  connections: Connection[];
  total: number;
  complete: boolean;
}

export interface Delivery {
  id: number;
  time_ms: number;
  url: string;
  events: string[];
  n_events: number;
  state: 'sending' | 'retrying' | 'delivered' | 'given_up' | 'refused';
  status: number | null;
  error: string | null;
  attempts: number;
  duration_ms: number;
  /** The delivery that this one repeats. */
  replay_of: number | null;
  /** What is sent, as long as it is kept. */
  body: string | null;
}

export interface DeliveriesAnswer {
  /** The newest first. */
  deliveries: Delivery[];
}

export type ChannelOrder = 'subscriptions' | 'name';

/** Which connections: the newest ones, unless one of these is given. */
export interface ConnectionQuery {
  socket_id?: string;
  user_id?: string;
  channel?: string;
}

export interface TestEvent {
  channel: string;
  name: string;
  data: string;
}

/** A poll that takes longer has missed its turn. */
const POLL_TIMEOUT_MS = 5_000;

export class ConsoleApi {
  /** Called when an answer says that the session is over. */
  onLoggedOut: (() => void) | null = null;
  private readonly client = new ApiClient({ baseUrl: '', credentials: 'same-origin' });

  session(): Promise<SessionAnswer> {
    return this.client.get('/console/api/session');
  }

  async logInWithPassword(password: string): Promise<void> {
    await this.client.post('/console/api/session', { password });
  }

  async logInAsAgent(email: string, password: string): Promise<void> {
    await this.client.post('/api/v1/session', { email, password });
  }

  async logOut(passwordOnly: boolean): Promise<void> {
    await this.client.request('DELETE', passwordOnly ? '/console/api/session' : '/api/v1/session');
  }

  overview(signal?: AbortSignal): Promise<OverviewAnswer> {
    return this.get('/console/api/overview', { signal });
  }

  channels(app: string, search: string, order: ChannelOrder, limit: number, signal?: AbortSignal): Promise<ChannelsAnswer> {
    return this.get(`${base(app)}/channels`, { query: { search: search || null, order, limit }, signal });
  }

  channel(app: string, name: string, signal?: AbortSignal): Promise<ChannelAnswer> {
    return this.get(`${base(app)}/channels/${encodeURIComponent(name)}`, { signal });
  }

  history(app: string, name: string, signal?: AbortSignal): Promise<HistoryAnswer> {
    return this.get(`${base(app)}/channels/${encodeURIComponent(name)}/history`, { signal });
  }

  connections(app: string, query: ConnectionQuery, limit: number, signal?: AbortSignal): Promise<ConnectionsAnswer> {
    return this.get(`${base(app)}/connections`, { query: { ...query, limit }, signal });
  }

  async closeConnection(app: string, socketId: string): Promise<void> {
    await this.post(`${base(app)}/connections/${encodeURIComponent(socketId)}/close`, {});
  }

  async terminateUser(app: string, userId: string): Promise<void> {
    await this.post(`${base(app)}/users/${encodeURIComponent(userId)}/terminate`, {});
  }

  send(app: string, event: TestEvent): Promise<{ subscriptions: number }> {
    return this.post(`${base(app)}/events`, event);
  }

  deliveries(app: string, signal?: AbortSignal): Promise<DeliveriesAnswer> {
    return this.get(`${base(app)}/webhooks`, { signal });
  }

  async replay(app: string, delivery: number): Promise<void> {
    await this.post(`${base(app)}/webhooks/${delivery}/replay`, {});
  }

  private get<T>(path: string, options: RequestOptions): Promise<T> {
    return this.watched(this.client.get<T>(path, { timeoutMs: POLL_TIMEOUT_MS, ...options }));
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return this.watched(this.client.post<T>(path, body));
  }

  private async watched<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.onLoggedOut?.();
      throw error;
    }
  }
}

/** Where the live tail is. */
export function tailAddress(app: string, channel: string | null): string {
  const query = new URLSearchParams({ app });
  if (channel !== null) query.set('channel', channel);
  return `/console/api/tail?${query}`;
}

function base(app: string): string {
  return `/console/api/apps/${encodeURIComponent(app)}`;
}
