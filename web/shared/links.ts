/** Web addresses in texts. Only `http` and `https` become links: anything else could run something. Pure. */

export type TextPart = { text: string; href?: undefined } | { text: string; href: string };

/** Splits a text at its web addresses; punctuation that ends a sentence is not part of an address. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"']+/gi)) {
    const address = trimAddress(match[0]);
    const href = webAddress(address);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function trimAddress(address: string): string {
  const trimmed = address.replace(/[.,;:!?\])}…]+$/, '');
  // A closing bracket stays if the address has the opening one, as in many encyclopedia links.
  return trimmed.includes('(') && address[trimmed.length] === ')' ? `${trimmed})` : trimmed;
}

/** Only web addresses become links, or open; null for anything else, such as `javascript:`. */
export function webAddress(url: string, base?: string): string | null {
  try {
    const parsed = new URL(url, base);
    return parsed.protocol === 'https:' || parsed.protocol === 'http:' ? parsed.href : null;
  } catch {
    return null;
  }
}
