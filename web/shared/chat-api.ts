/** The endpoints a conversation needs, the same for a visitor (bearer token) and an agent (cookie). */

import type { ApiClient } from './api.ts';
import type {
  ConfigResponse,
  ConversationQuery,
  ConversationResponse,
  InitRequest,
  InitResponse,
  MarkKind,
  MessageAck,
  ProviderName,
} from './types.ts';

/** Extra time a long-poll gets beyond the seconds the server may hold it. */
const LONG_POLL_GRACE_MS = 10_000;

export interface OutgoingMessage {
  conversation_id: number;
  message: string;
  client_id: string;
  reply_to_seq?: number | undefined;
}

/** By wire name of the channel; a channel that is missing was refused. */
export type ChannelGrants = Record<string, ChannelGrant | null | undefined>;

export interface ChannelGrant {
  auth: string;
  channel_data?: string;
}

export class ChatApi {
  constructor(private readonly http: ApiClient) {}

  /** Uses the browser's cache: the answer has an ETag and changes rarely. */
  config(widgetToken: string): Promise<ConfigResponse> {
    return this.http.get('/api/chatbot/config', { token: widgetToken, cache: 'default' });
  }

  init(widgetToken: string, request: InitRequest): Promise<InitResponse> {
    return this.http.post('/api/chatbot/init', request, { token: widgetToken });
  }

  /** Idempotent by `client_id`. With a socket id the event is not echoed to that socket. */
  sendMessage(message: OutgoingMessage, socketId: string | null): Promise<MessageAck> {
    const headers: Record<string, string> = socketId ? { 'X-Socket-ID': socketId } : {};
    return this.http.post('/api/chatbot/message', message, { headers, keepalive: true });
  }

  conversation(id: number, query: ConversationQuery = {}, signal?: AbortSignal): Promise<ConversationResponse> {
    const timeoutMs = query.wait ? query.wait * 1_000 + LONG_POLL_GRACE_MS : undefined;
    return this.http.get(`/api/chatbot/conversation/${id}`, { query: { ...query }, signal, timeoutMs });
  }

  /** What of a conversation has been `read`, or `delivered` to a screen. */
  async mark(kind: MarkKind, conversationId: number, upToSeq: number): Promise<void> {
    const body = { conversation_id: conversationId, up_to_seq: upToSeq };
    await this.http.post(`/api/chatbot/${kind}`, body, { keepalive: true });
  }

  /** One request for all channels, whatever their number. */
  authorizeChannels(socketId: string, channels: string[], provider: ProviderName): Promise<ChannelGrants> {
    const body: Record<string, unknown> = { socket_id: socketId, channel_name: channels };
    // The app's own socket server is the default; another one signs with another key.
    if (provider === 'pusher') body['provider'] = provider;
    return this.http.post('/broadcasting/auth', body);
  }
}
