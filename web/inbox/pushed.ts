/**
 * What a browser is told by its push service, as a notification. Pure, and small: the service worker has it, without the
 * rest of the inbox's words.
 */

import { push as de } from './texts/de/push.ts';
import { push as en } from './texts/en/push.ts';

/** The server's JSON. */
export interface PushedNews {
  kind: 'message' | 'mention' | 'test';
  conversation_id?: number;
  /** Of a message. */
  seq?: number;
  /** The visitor, or the colleague who mentioned the agent; null if it has no name. */
  sender?: string | null;
  /** How what was written begins; null if that is not to be shown, or there is none. */
  text?: string | null;
  /** Of the agent's inbox; null for the browser's. */
  language?: string | null;
}

export interface PushedNotice {
  title: string;
  body: string;
  /** A later notification takes the place of the earlier one with the same tag. */
  tag: string;
  language: string;
  data: NoticeData;
}

/** What a notification remembers. */
export interface NoticeData {
  href: string;
  conversationId: number | null;
  /** Of the newest message that it tells of. */
  seq: number;
  /** Of a mention, not of a message. */
  mention: boolean;
}

const INBOX = '/inbox';

export const messageTag = (conversationId: number): string => `conversation-${conversationId}`;
export const mentionTag = (conversationId: number): string => `mention-${conversationId}`;

/** `given`: what was pushed. What is not understood is told as something new, since a push must be shown. */
export function noticeOf(given: unknown, languages: readonly string[]): PushedNotice {
  const news = (typeof given === 'object' && given !== null ? given : {}) as Partial<PushedNews>;
  const { kind, sender, text } = news;
  const language = [news.language, ...languages].map((wish) => wish?.toLowerCase().split('-')[0]).find((wish) => wish === 'de' || wish === 'en') ?? 'en';
  const { push: words } = language === 'de' ? de : en;
  if (kind === 'test') {
    return { title: words.testTitle, body: words.testBody, tag: 'test', language, data: { href: INBOX, conversationId: null, seq: 0, mention: false } };
  }
  const id = Number.isSafeInteger(news.conversation_id) ? (news.conversation_id ?? null) : null;
  if (id === null) {
    return { title: words.newMessage, body: '', tag: 'unknown', language, data: { href: INBOX, conversationId: null, seq: 0, mention: false } };
  }
  const data = { href: `${INBOX}/conversations/${id}`, conversationId: id, seq: Number(news.seq) || 0, mention: kind === 'mention' };
  if (kind === 'mention') {
    return { title: sender ? words.mentionedBy(sender) : words.mentioned, body: text ?? '', tag: mentionTag(id), language, data };
  }
  return { title: sender?.trim() || words.visitor(id), body: text ?? words.newMessage, tag: messageTag(id), language, data };
}
