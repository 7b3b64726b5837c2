/** What the keys and buttons of formatting do to a text and its selection. Pure. */

export interface Edited {
  text: string;
  /** The selection afterwards. */
  start: number;
  end: number;
}

export type Format = 'bold' | 'italic' | 'code' | 'link' | 'bullets' | 'numbers';

const SIGNS = { bold: '**', italic: '_', code: '`' } as const;
const ITEM = /^(?:[-*•]|\d{1,3}[.)])\s+/;

export function format(kind: Format, text: string, start: number, end: number): Edited {
  if (kind === 'link') return link(text, start, end);
  if (kind === 'bullets' || kind === 'numbers') return list(kind, text, start, end);
  return wrap(kind === 'code' && text.slice(start, end).includes('\n') ? '```' : SIGNS[kind], text, start, end);
}

/** Puts the signs around the selection, or takes them away where they are. */
function wrap(sign: string, text: string, start: number, end: number): Edited {
  const fenced = sign === '```';
  const [open, close] = fenced ? ['```\n', '\n```'] : [sign, sign];
  const has = (from: number, part: string) => text.slice(from, from + part.length) === part;
  if (has(start - open.length, open) && has(end, close)) {
    const inner = text.slice(start, end);
    return { text: text.slice(0, start - open.length) + inner + text.slice(end + close.length), start: start - open.length, end: end - open.length };
  }
  const inner = text.slice(start, end);
  // Emphasis that begins or ends with a space is none.
  const [, before = '', words = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(inner) ?? [];
  const from = start + before.length + open.length;
  return { text: text.slice(0, start) + before + open + words + close + after + text.slice(end), start: from, end: from + words.length };
}

/** A selected address gets a place for its words, anything else one for its address. */
function link(text: string, start: number, end: number): Edited {
  const chosen = text.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(chosen);
  const [words, address] = isAddress ? ['', chosen] : [chosen, 'https://'];
  const made = `[${words}](${address})`;
  const from = isAddress ? start + 1 : start + words.length + 3;
  return { text: text.slice(0, start) + made + text.slice(end), start: from, end: isAddress ? from : from + address.length };
}

/** Makes items of the lines that the selection touches, or lines again when they are such items. */
function list(kind: 'bullets' | 'numbers', text: string, start: number, end: number): Edited {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const to = next < 0 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const isItem = (line: string) => (kind === 'bullets' ? /^[-*•]\s+/ : /^\d{1,3}[.)]\s+/).test(line);
  const undo = lines.every((line) => isItem(line));
  const made = lines.map((line, index) => {
    const words = line.replace(ITEM, '');
    return undo ? words : `${kind === 'bullets' ? '-' : `${index + 1}.`} ${words}`;
  });
  const joined = made.join('\n');
  return { text: text.slice(0, from) + joined + text.slice(to), start: lines.length > 1 ? from : from + joined.length, end: from + joined.length };
}

/** What Enter begins below an item of a list: the next one, or the end of the list below an empty one; null elsewhere. */
export function continueList(text: string, at: number): Edited | null {
  const from = text.lastIndexOf('\n', at - 1) + 1;
  const line = text.slice(from, at);
  const item = /^(?:([-*•])|(\d{1,3})([.)]))\s+/.exec(line);
  if (!item) return null;
  if (line.length === item[0].length) return { text: text.slice(0, from) + text.slice(at), start: from, end: from };
  const sign = item[1] ?? `${Number(item[2]) + 1}${item[3]}`;
  const added = `\n${sign} `;
  return { text: text.slice(0, at) + added + text.slice(at), start: at + added.length, end: at + added.length };
}
