/**
 * The conversations that are kept at hand: the one on screen, the ones looked at last (so that going
 * back to one shows it at once), and those with something unsent, until it is sent.
 *
 * Only the one on screen waits at the server when there is no socket; a long-poll for each would use
 * up the browser's connections.
 */

import { ApiError, toApiError, type ApiClient } from '../../shared/api.ts';
import type { ChatApi } from '../../shared/chat-api.ts';
import type { Clock } from '../../shared/clock.ts';
import { ConversationSession, type ConversationSource } from '../../shared/conversation-session.ts';
import { sendFiles } from '../../shared/file-sender.ts';
import type { OutboxItem } from '../../shared/outbox.ts';
import type { Realtime } from '../../shared/realtime.ts';
import { browserStorage, type KeyValueStorage } from '../../shared/storage.ts';
import type { MessageAck } from '../../shared/types.ts';
import type { Agent } from '../inbox-api.ts';

export interface OpenConversationsOptions {
  agent: Agent;
  chat: ChatApi;
  http: ApiClient;
  realtime: Realtime;
  isHidden: () => boolean;
  /** The server has a message that was written here. */
  onSent: () => void;
  storage?: KeyValueStorage;
  clock?: Clock;
}

/** How many are kept beside those with something unsent. */
const KEPT = 8;
/** The messages that a conversation opens with. */
const FIRST_PAGE = 50;

export class OpenConversations {
  private readonly storage: KeyValueStorage;
  /** In the order of use: the last one was used last. */
  private readonly sessions = new Map<number, ConversationSession>();
  private shownId: number | null = null;

  constructor(private readonly options: OpenConversationsOptions) {
    this.storage = options.storage ?? browserStorage();
  }

  /** The conversation, as the one that was used last. */
  get(id: number): ConversationSession {
    const session = this.sessions.get(id) ?? this.create(id);
    this.sessions.delete(id);
    this.sessions.set(id, session);
    this.evict();
    return session;
  }

  /** Which one is on screen; null for none. */
  show(id: number | null): void {
    const before = this.shownId;
    this.shownId = id;
    if (before === null || before === id) return;
    // Ends its long-poll; from now on it asks as a hidden page does.
    const session = this.sessions.get(before);
    if (session && !session.state.live) session.wake();
  }

  /** Whether files are on their way; they do not survive the page. */
  get hasUnsentFiles(): boolean {
    return [...this.sessions.values()].some(({ state }) => state.entries.some(({ upload }) => upload !== null));
  }

  /** Sends what an earlier page of this agent left unsent. */
  resumeUnsent(): void {
    const prefix = this.outboxPrefix('');
    for (const key of this.storage.keys(prefix)) {
      const id = Number(key.slice(prefix.length).split(':')[0]);
      if (Number.isSafeInteger(id) && id > 0) this.get(id);
    }
  }

  /** What was refused because the conversation was closed is sent now. */
  reopened(id: number): void {
    this.sessions.get(id)?.retryRefusedByClosing();
  }

  /** Ends with it: a session that runs on would send what it still holds. */
  forgetUnsent(): void {
    this.stop();
    for (const key of this.storage.keys(this.outboxPrefix(''))) this.storage.remove(key);
  }

  wake(): void {
    for (const session of this.sessions.values()) session.wake();
  }

  stop(): void {
    for (const session of this.sessions.values()) session.stop();
    this.sessions.clear();
  }

  private create(id: number): ConversationSession {
    const { agent, realtime, isHidden, clock } = this.options;
    const session = new ConversationSession({
      source: this.source(id),
      realtime,
      role: 'employee',
      senderName: agent.name,
      storage: this.storage,
      clock,
      outboxPrefix: this.outboxPrefix(String(id)),
      isHidden: () => isHidden() || this.shownId !== id,
    });
    session.start();
    return session;
  }

  private source(id: number): ConversationSource {
    const { chat, onSent } = this.options;
    return {
      open: async () => {
        const { data, last_seq: lastSeq, revision, read, delivered } = await chat.conversation(id, { limit: FIRST_PAGE });
        const { messages, ...rest } = data;
        return { conversationId: id, messages, lastSeq, revision, status: data.status, read, delivered, data: rest };
      },
      fetch: (_id, query, signal) => chat.conversation(id, query, signal),
      send: async (_id, item, socketId, progress, signal) => {
        const ack = await this.post(id, item, socketId, progress, signal).catch(keepWhenLoggedOut);
        onSent();
        return ack;
      },
      mark: (kind, _id, upToSeq) => chat.mark(kind, id, upToSeq),
    };
  }

  private post(id: number, item: OutboxItem, socketId: string | null, progress: (share: number) => void, signal: AbortSignal): Promise<MessageAck> {
    const { chat, http } = this.options;
    if (item.upload) return sendFiles(id, item, item.upload, { http, baseUrl: '', token: null, socketId, signal, progress });
    const message = { conversation_id: id, message: item.text, client_id: item.clientId, reply_to_seq: item.replyTo?.seq };
    return chat.sendMessage(message, socketId);
  }

  private evict(): void {
    let spare = this.sessions.size - KEPT;
    for (const [id, session] of this.sessions) {
      if (spare <= 0) return;
      spare -= 1;
      const unsent = session.state.entries.some(({ delivery }) => delivery !== 'sent');
      if (unsent || id === this.shownId) continue;
      session.stop();
      this.sessions.delete(id);
    }
  }

  private outboxPrefix(id: string): string {
    return `antiphon-inbox:outbox:${this.options.agent.id}:${id}`;
  }
}

/** A login that has ended is no fault of the message: it waits in storage until its author is back. */
function keepWhenLoggedOut(thrown: unknown): never {
  const error = toApiError(thrown);
  throw error.status === 401 ? new ApiError('aborted', error.message) : error;
}
