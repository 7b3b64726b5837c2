/**
 * The visitor's way into a conversation: resumes the one this browser remembers, or asks the server
 * for one. The visitor token lives here and in the site's storage, nowhere else.
 */

import { ApiError, type ApiClient } from '../shared/api.ts';
import { ChatApi } from '../shared/chat-api.ts';
import type { ConversationSource, OpenedConversation } from '../shared/conversation-session.ts';
import type { OutboxItem } from '../shared/outbox.ts';
import type { KeyValueStorage } from '../shared/storage.ts';
import type { ConversationQuery, ConversationResponse, InitRequest, MessageAck } from '../shared/types.ts';
import type { Visitor, WidgetOptions } from './options.ts';
import { storageKey } from './host.ts';

/** Messages to show before older ones are asked for. */
const FIRST_PAGE = 50;

interface Remembered {
  visitorToken: string;
  conversationId: number;
  /** What the site said about the visitor then; when it says something else, the server is told. */
  visitor: string;
}

export class VisitorSource implements ConversationSource {
  private readonly api: ChatApi;
  private beginNew = false;

  constructor(
    http: ApiClient,
    private readonly options: WidgetOptions,
    private readonly memory: VisitorMemory,
  ) {
    this.api = new ChatApi(http);
  }

  /** The next `open` begins another conversation. */
  requestNew(): void {
    this.beginNew = true;
  }

  async open(): Promise<OpenedConversation> {
    const remembered = this.memory.load();
    const described = JSON.stringify(this.options.visitor);
    if (remembered && !this.beginNew && remembered.visitor === described) {
      try {
        return await this.resume(remembered.conversationId);
      } catch (error) {
        // Perhaps only the conversation is gone; asking with the token tells.
        if (!isForgotten(error)) throw error;
      }
    }
    try {
      return await this.init(this.memory.token, described);
    } catch (error) {
      // A token the server no longer knows must not keep the visitor out.
      if (!this.memory.token || !isForgotten(error)) throw error;
      this.memory.forget();
      return this.init(null, described);
    }
  }

  fetch(id: number, query: ConversationQuery, signal?: AbortSignal): Promise<ConversationResponse> {
    return this.api.conversation(id, query, signal);
  }

  send(id: number, item: OutboxItem, socketId: string | null): Promise<MessageAck> {
    const message = { conversation_id: id, message: item.text, client_id: item.clientId };
    return this.api.sendMessage(message, socketId);
  }

  markRead(id: number, upToSeq: number): Promise<void> {
    return this.api.markRead(id, upToSeq);
  }

  private async resume(id: number): Promise<OpenedConversation> {
    const { data, last_seq: lastSeq, revision, read } = await this.api.conversation(id, { limit: FIRST_PAGE });
    const { messages, ...rest } = data;
    return { conversationId: id, messages, lastSeq, revision, status: data.status, read, data: rest };
  }

  private async init(visitorToken: string | null, described: string): Promise<OpenedConversation> {
    const request = initRequest(this.options.visitor, visitorToken, this.beginNew);
    const answer = await this.api.init(this.options.apiToken, request);
    this.beginNew = false;
    this.memory.save({
      visitorToken: answer.visitor_token,
      conversationId: answer.conversation_id,
      visitor: described,
    });
    return {
      conversationId: answer.conversation_id,
      messages: answer.messages,
      lastSeq: answer.last_seq,
      revision: answer.revision,
      status: answer.status,
      read: answer.read,
    };
  }
}

/** The remembered visitor, in storage where there is any and in memory in any case. */
export class VisitorMemory {
  private remembered: Remembered | null;

  constructor(
    private readonly storage: KeyValueStorage,
    private readonly apiToken: string,
  ) {
    this.remembered = parseRemembered(storage.get(storageKey(apiToken)));
  }

  get token(): string | null {
    return this.remembered?.visitorToken ?? null;
  }

  load(): Remembered | null {
    return this.remembered;
  }

  save(remembered: Remembered): void {
    this.remembered = remembered;
    this.storage.set(storageKey(this.apiToken), JSON.stringify(remembered));
  }

  forget(): void {
    this.remembered = null;
    this.storage.remove(storageKey(this.apiToken));
  }
}

function parseRemembered(text: string | null): Remembered | null {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<Remembered> | null;
    if (typeof value?.visitorToken !== 'string' || typeof value.conversationId !== 'number') return null;
    return { visitorToken: value.visitorToken, conversationId: value.conversationId, visitor: value.visitor ?? '' };
  } catch {
    return null;
  }
}

function initRequest(visitor: Visitor, visitorToken: string | null, beginNew: boolean): InitRequest {
  return {
    visitor_name: visitor.name ?? undefined,
    visitor_email: visitor.email ?? undefined,
    visitor_phone: visitor.phone ?? undefined,
    visitor_id: visitor.id ?? undefined,
    visitor_metadata: visitor.metadata ?? undefined,
    identity: visitor.identity ?? undefined,
    visitor_token: visitorToken ?? undefined,
    new_conversation: beginNew || undefined,
  };
}

function isForgotten(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status);
}
