/** How people are called, from what is known of them. */

import { plainText } from '../shared/markdown.ts';
import type { Message, SenderType } from '../shared/types.ts';
import type { ConversationRow } from './inbox-api.ts';
import { text } from './text.ts';

export function visitorName(name: string | null | undefined, conversationId: number): string {
  return name?.trim() || text.visitor(conversationId);
}

export function senderName(sender: SenderType, name: string | null): string {
  if (name) return name;
  return { visitor: '', employee: text.message.agent, bot: text.message.bot, system: text.message.system }[sender];
}

/** The last message in one line, with its sender unless that is the visitor. */
export function preview(row: ConversationRow, ownName: string): string {
  const last = row.last_message;
  if (!last) return '';
  const written = last.sender_type === 'visitor' ? last.message : plainText(last.message);
  const words = written.replace(/\s+/g, ' ').trim() || text.row.attachment;
  return last.sender_type === 'visitor' ? words : text.row.by(previewSender(last, ownName), words);
}

function previewSender(message: Message, ownName: string): string {
  const own = message.sender_type === 'employee' && message.sender_name === ownName;
  return own ? text.row.me : senderName(message.sender_type, message.sender_name);
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, '').split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined];
  return letters.map((word) => [...(word ?? '')][0] ?? '').join('').toLocaleUpperCase();
}
