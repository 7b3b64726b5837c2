/** The replies that are at hand by `/` and a shortcut: which of them fit what was typed, and with what their variables are filled. Pure. */

import type { CannedReply } from '../thread-api.ts';

/** More than fit on the screen is no choice. */
const MAX_FOUND = 8;

/** The best fitting first: by shortcut, then by title, then by what is in them. */
export function findReplies(replies: readonly CannedReply[], query: string): CannedReply[] {
  const wanted = query.toLocaleLowerCase();
  const rank = ({ shortcut, title, body }: CannedReply) => {
    if (shortcut.toLocaleLowerCase().startsWith(wanted)) return 0;
    if (title.toLocaleLowerCase().startsWith(wanted)) return 1;
    if (`${shortcut} ${title}`.toLocaleLowerCase().includes(wanted)) return 2;
    return body.toLocaleLowerCase().includes(wanted) ? 3 : 4;
  };
  return replies
    .map((reply) => ({ reply, rank: rank(reply) }))
    .filter((found) => found.rank < 4)
    .sort((a, b) => a.rank - b.rank || a.reply.shortcut.localeCompare(b.reply.shortcut))
    .slice(0, MAX_FOUND)
    .map(({ reply }) => reply);
}

export interface ReplyContext {
  visitorName: string | null;
  agentName: string;
  widgetName: string;
  conversationId: number;
}

/** What is not known becomes nothing, and the space before it goes with it: “Hello {{visitor.first_name}},” → “Hello,”. */
export function fillReply(body: string, context: ReplyContext): string {
  const first = (name: string) => name.trim().split(/\s+/)[0] ?? '';
  const visitor = context.visitorName?.trim() ?? '';
  const values: Record<string, string> = {
    'visitor.name': visitor,
    'visitor.first_name': first(visitor),
    'agent.name': context.agentName,
    'agent.first_name': first(context.agentName),
    'widget.name': context.widgetName,
    'conversation.id': String(context.conversationId),
  };
  return body.replace(/( ?)\{\{\s*([\w.]+)\s*\}\}/g, (all, space: string, name: string) => {
    const value = values[name];
    if (value === undefined) return all;
    return value ? space + value : '';
  });
}

/** What is being typed at the caret behind a sign that begins a word, such as `/` or `@`; null: nothing of the kind. */
export function tokenAt(text: string, caret: number, sign: '/' | '@'): { from: number; query: string } | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf(sign);
  if (from < 0 || (from > 0 && !/\s/.test(before[from - 1] ?? ''))) return null;
  const query = before.slice(from + 1);
  // A name may have a space in it, a shortcut has none.
  const pattern = sign === '/' ? /^[\p{L}\p{N}_-]{0,40}$/u : /^[\p{L}\p{N}_.'-]*(?: [\p{L}\p{N}_.'-]*)?$/u;
  return pattern.test(query) ? { from, query } : null;
}
