/** Colleagues in notes: written as `@Name`, stored as `@[Name](agent:ID)`. Pure. */

export interface Mentionable {
  id: number;
  name: string;
}

const STORED = /@\[([^\]\n]{1,200})\]\(agent:([1-9]\d{0,14})\)/g;

/** Those whose name, or a word of it, begins with what was typed. */
export function findAgents<A extends Mentionable>(agents: readonly A[], query: string): A[] {
  const wanted = query.toLocaleLowerCase();
  const fits = (name: string) => name.startsWith(wanted) || name.split(/\s+/).some((word) => word.startsWith(wanted));
  return agents.filter(({ name }) => fits(name.toLocaleLowerCase())).slice(0, 8);
}

/** Of two names that fit, the longer one is meant. */
export function encodeMentions(text: string, agents: readonly Mentionable[]): string {
  const byLength = [...agents].sort((a, b) => b.name.length - a.name.length);
  let encoded = '';
  for (let at = 0; at < text.length; ) {
    const starts = text[at] === '@' && (at === 0 || /[\s(]/.test(text[at - 1] ?? ''));
    const agent = starts ? byLength.find(({ name }) => isName(text, at + 1, name)) : undefined;
    if (agent) {
      encoded += `@[${agent.name.replace(/[[\]\n]/g, ' ')}](agent:${agent.id})`;
      at += 1 + agent.name.length;
    } else {
      encoded += text[at];
      at += 1;
    }
  }
  return encoded;
}

/** For writing it anew. */
export function decodeMentions(body: string): string {
  return body.replace(STORED, '@$1');
}

/** The texts of a note with its mentions apart. */
export function splitMentions(text: string): (string | { name: string; id: number })[] {
  const parts: (string | { name: string; id: number })[] = [];
  let end = 0;
  for (const match of text.matchAll(STORED)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ name: match[1] ?? '', id: Number(match[2]) });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}


function isName(text: string, from: number, name: string): boolean {
  if (text.slice(from, from + name.length).toLocaleLowerCase() !== name.toLocaleLowerCase()) return false;
  return !/[\p{L}\p{N}]/u.test(text[from + name.length] ?? '');
}
