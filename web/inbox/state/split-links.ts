/** Finds the web addresses in a text. Only `http` and `https`: anything else could run something. Pure. */

export interface TextPart {
  kind: 'text' | 'link';
  text: string;
}

const ADDRESS = /https?:\/\/[^\s<>"']+/gi;
/** What follows an address in a sentence and is not part of it. */
const TRAILING = /[.,;:!?…]+$/;

export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(match[0]);
    if (!isAddress(address)) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'link', text: address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

function isAddress(text: string): boolean {
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}

/** A closing bracket belongs to the sentence unless the address opened it. */
function withoutTrailing(address: string): string {
  let result = address.replace(TRAILING, '');
  while (result.endsWith(')') && count(result, ')') > count(result, '(')) {
    result = result.slice(0, -1).replace(TRAILING, '');
  }
  return result;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
