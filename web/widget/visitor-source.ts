/**
 * The visitor's way into a conversation: resumes the one this browser remembers, or asks the server
 * for one. The visitor token lives here and in the site's storage, nowhere else.
 */

import { ApiError, type ApiClient } from '../shared/api.ts';
import { ChatApi } from '../shared/chat-api.ts';
import type { ConversationSource, OpenedConversation } from '../shared/conversation-session.ts';
import type { OutboxItem, OutboxUpload } from '../shared/outbox.ts';
import type { KeyValueStorage } from '../shared/storage.ts';
import type { ConversationQuery, ConversationResponse, InitRequest, InitResponse, MarkKind, MessageAck } from '../shared/types.ts';
import type { Visitor, WidgetOptions } from './options.ts';
import { timeZone } from './format.ts';
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
  private wanted: number | null = null;
  private form: { values: Record<string, string>; consent: boolean } | null = null;
  /** Told what `init` answers besides the conversation. */
  onInit: (answer: InitResponse) => void = () => {};
  /** Told of a conversation that was opened and has a rating. */
  onRated: (id: number) => void = () => {};

  constructor(
    private readonly http: ApiClient,
    private readonly options: WidgetOptions,
    private readonly memory: VisitorMemory,
    private readonly page: () => InitRequest['page'] = () => undefined,
  ) {
    this.api = new ChatApi(http);
  }

  /** The next `open` begins another conversation. */
  requestNew(): void {
    this.beginNew = true;
    this.wanted = null;
  }

  /** The next `open` opens this one of the visitor's own. */
  requestConversation(id: number): void {
    this.beginNew = false;
    this.wanted = id;
  }

  /** What the visitor filled in goes along with the next `init`. */
  setForm(form: { values: Record<string, string>; consent: boolean }): void {
    this.form = form;
  }

  async open(): Promise<OpenedConversation> {
    this.memory.reload();
    const remembered = this.memory.load();
    const described = JSON.stringify(this.options.visitor);
    if (remembered && !this.beginNew && remembered.visitor === described) {
      try {
        const id = this.wanted ?? remembered.conversationId;
        const opened = await this.resume(id);
        this.memory.save({ ...remembered, conversationId: id });
        return opened;
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

  send(id: number, item: OutboxItem, socketId: string | null, progress: (share: number) => void): Promise<MessageAck> {
    if (item.upload) return this.sendFiles(id, item, item.upload, socketId, progress);
    const message = { conversation_id: id, message: item.text, client_id: item.clientId };
    return this.api.sendMessage(message, socketId);
  }

  private async sendFiles(id: number, item: OutboxItem, upload: OutboxUpload, socketId: string | null, progress: (share: number) => void): Promise<MessageAck> {
    const { http, memory, options } = this;
    const sender = await import('../shared/file-sender.ts').catch(() => {
      throw new ApiError('network', 'The server could not be reached.');
    });
    return sender.sendFiles(id, item, upload, { http, baseUrl: options.widgetUrl, token: memory.token, socketId, progress });
  }

  mark(kind: MarkKind, id: number, upToSeq: number): Promise<void> {
    return this.api.mark(kind, id, upToSeq);
  }

  private async resume(id: number): Promise<OpenedConversation> {
    const { data, last_seq: lastSeq, revision, read, delivered } = await this.api.conversation(id, { limit: FIRST_PAGE });
    const { messages, ...rest } = data;
    if (rest.rating) this.onRated(id);
    return { conversationId: id, messages, lastSeq, revision, status: data.status, read, delivered, data: rest };
  }

  private async init(visitorToken: string | null, described: string): Promise<OpenedConversation> {
    const request: InitRequest = {
      ...initRequest(this.options.visitor, visitorToken, this.beginNew),
      ...formFields(this.form),
      conversation_id: this.wanted ?? undefined,
      page: this.page(),
      locale: this.options.locale ?? undefined,
      timezone: timeZone(this.options.locale ?? undefined),
    };
    const answer = await this.api.init(this.options.apiToken, request);
    this.beginNew = false;
    this.wanted = null;
    this.form = null;
    this.memory.save({
      visitorToken: answer.visitor_token,
      conversationId: answer.conversation_id,
      visitor: described,
    });
    this.onInit(answer);
    return {
      conversationId: answer.conversation_id,
      messages: answer.messages,
      lastSeq: answer.last_seq,
      revision: answer.revision,
      status: answer.status,
      read: answer.read,
      delivered: answer.delivered,
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

  /** Another tab may have begun a chat meanwhile. */
  reload(): void {
    this.remembered = parseRemembered(this.storage.get(storageKey(this.apiToken))) ?? this.remembered;
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

/** The three fields that the server knows go by their own names as well. */
function formFields(form: { values: Record<string, string>; consent: boolean } | null): Partial<InitRequest> {
  if (!form) return {};
  const { name, email, phone } = form.values;
  const known = { visitor_name: name, visitor_email: email, visitor_phone: phone };
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value));
  return { ...given, pre_chat: form.values, consent: form.consent || undefined };
}

function isForgotten(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status) && !error.body['blocked'];
}
