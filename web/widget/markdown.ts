/** Messages as nodes: Markdown for agents and bots, text with links for visitors. */

import { element } from './dom.ts';
import { splitLinks } from '../shared/links.ts';
import { linkOrText, parseMarkdown, type Inline } from '../shared/markdown.ts';

export function renderMarkdown(text: string): Node[] {
  return parseMarkdown(text).map((block) => {
    if (block.kind === 'pre') return element('pre', { dir: 'ltr' }, element('code', {}, block.text));
    if (block.kind === 'text') return element('p', {}, ...renderInline(block.children));
    return element(block.kind, {}, ...block.items.map((item) => element('li', {}, ...renderInline(item))));
  });
}

/** Text as it was written, with links. */
export function renderPlain(text: string): Node[] {
  return renderInline(splitLinks(text).map(linkOrText));
}

function renderInline(parts: Inline[]): Node[] {
  return parts.flatMap((part): Node[] => {
    if (typeof part === 'string') return [document.createTextNode(part)];
    if (part.tag !== 'a') return [element(part.tag, {}, ...renderInline(part.children))];
    // One tab stop for the whole log: links are reached from their message.
    const attributes = { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow', tabindex: -1 };
    return [element('a', attributes, ...part.children.flatMap((child) => (typeof child === 'string' ? breakable(child) : renderInline([child]))))];
  });
}

/** Long addresses break at their separators rather than within a word. */
function breakable(text: string): Node[] {
  const pieces = text.match(/[^/?&=#._-]*[/?&=#._-]*/g)?.filter(Boolean) ?? [];
  return pieces.flatMap((piece, index) => (index > 0 ? [element('wbr'), document.createTextNode(piece)] : [document.createTextNode(piece)]));
}
