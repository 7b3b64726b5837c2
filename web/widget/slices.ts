/** Which messages get their elements next, when there are more than can be drawn in one go. Pure. */

/**
 * The places of the next ones to draw, at most `size`, in order. What is there stays one piece: gaps in it and what
 * came behind it go first, in order; then what is above it, from below. With nothing there, it begins at the end,
 * where people read.
 */
export function nextSlice(length: number, isDrawn: (place: number) => boolean, size: number): number[] {
  let first = 0;
  while (first < length && !isDrawn(first)) first += 1;
  const slice: number[] = [];
  for (let place = first; place < length && slice.length < size; place += 1) if (!isDrawn(place)) slice.push(place);
  const above = slice.length < size ? Math.min(first, size - slice.length) : 0;
  return [...Array.from({ length: above }, (_, index) => first - above + index), ...slice];
}
