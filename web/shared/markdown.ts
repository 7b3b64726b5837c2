/**
 * The subset of Markdown that agents and bots write: bold, italic, code, links, lists. It becomes a tree of texts, never
 * markup, and only web addresses become links. What does not parse stays as it was written. Pure.
 */

import { splitLinks, webAddress } from './links.ts';

export type Inline = string | { tag: 'strong' | 'em' | 'code' | 'a'; href?: string; children: Inline[] };
export type Block = { kind: 'text'; children: Inline[] } | { kind: 'pre'; text: string } | { kind: 'ul' | 'ol'; items: Inline[][] };

/** Longer ones are not emphasis; it also bounds the work on texts made to be slow. */
const SPAN = 1_000;
const MAX_DEPTH = 4;

/** Without look-behind, which Safari has learnt late: what stands before an emphasis is checked apart. */
const INLINE = new RegExp(
  [
    '`([^`\\n]{1,SPAN})`',
    '\\[([^\\]\\n]{1,SPAN})\\]\\((https?://[^\\s)]{1,SPAN})\\)',
    '(https?://[^\\s<>"\']+)',
    '(\\*\\*|__)(?=\\S)([^\\n]{0,SPAN}?\\S)\\5(?![\\w*])',
    '([*_])(?=[^\\s*_])([^*_\\n]{0,SPAN}?[^\\s*_])\\7(?![\\w*])',
  ]
    .join('|')
    .replaceAll('SPAN', String(SPAN)),
  'g',
);

export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  // A form that has files in it is sent with other line ends.
  const lines = text.split(/\r?\n/);
  let plain: string[] = [];
  const flush = () => {
    const joined = plain.join('\n').replace(/^\n+|\n+$/g, '');
    if (joined) blocks.push({ kind: 'text', children: parseInline(joined) });
    plain = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const end = /^```/.test(line) ? lines.indexOf('```', at + 1) : -1;
    const list = listItem(line);
    if (end > at) {
      flush();
      blocks.push({ kind: 'pre', text: lines.slice(at + 1, end).join('\n') });
      at = end;
    } else if (list) {
      const last = blocks[blocks.length - 1];
      if (plain.length === 0 && last?.kind === list.kind) last.items.push(parseInline(list.text));
      else {
        flush();
        blocks.push({ kind: list.kind, items: [parseInline(list.text)] });
      }
    } else {
      plain.push(line);
    }
  }
  flush();
  return blocks;
}

function listItem(line: string): { kind: 'ul' | 'ol'; text: string } | null {
  const bullet = /^\s{0,3}[-*•]\s+(\S.*)$/.exec(line);
  if (bullet) return { kind: 'ul', text: bullet[1] ?? '' };
  const numbered = /^\s{0,3}\d{1,3}[.)]\s+(\S.*)$/.exec(line);
  return numbered ? { kind: 'ol', text: numbered[1] ?? '' } : null;
}

function parseInline(text: string, depth = 0): Inline[] {
  if (depth >= MAX_DEPTH) return [text];
  const parts: Inline[] = [];
  const pattern = new RegExp(INLINE);
  let end = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [all, code, label, address, url, , strong, , em] = match;
    const { index } = match;
    // Within a word a sign is only a sign, as in 2*3*4 or snake_case_names.
    if ((strong || em) && /[\w*]/.test(text[index - 1] ?? '')) {
      pattern.lastIndex = index + 1;
      continue;
    }
    if (index > end) parts.push(text.slice(end, index));
    end = index + all.length;
    const href = address ? webAddress(address) : null;
    if (code) parts.push({ tag: 'code', children: [code] });
    else if (label && href) parts.push({ tag: 'a', href, children: [label] });
    else if (url) parts.push(...splitLinks(url).map(linkOrText));
    else if (strong) parts.push({ tag: 'strong', children: parseInline(strong, depth + 1) });
    else if (em) parts.push({ tag: 'em', children: parseInline(em, depth + 1) });
    else parts.push(all);
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

export function linkOrText(part: { text: string; href?: string | undefined }): Inline {
  return part.href ? { tag: 'a', href: part.href, children: [part.text] } : part.text;
}

/** For screen readers, previews and notifications. */
export function plainText(text: string): string {
  const inline = (parts: Inline[]): string =>
    parts.map((part) => (typeof part === 'string' ? part : inline(part.children))).join('');
  const blocks = parseMarkdown(text).map((block) => {
    if (block.kind === 'text') return inline(block.children);
    return block.kind === 'pre' ? block.text : block.items.map((item) => `• ${inline(item)}`).join('\n');
  });
  return blocks.join('\n');
}
