/** Lists that are written as lines of a text. Pure. */

/** Its lines without empty ones and without the spaces around them. */
export function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}
