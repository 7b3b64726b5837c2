/**
 * A list of any length of which only what is in view, and a little around it, is in the page. All rows are of one height,
 * so that the place of each is known without drawing it. The list itself scrolls; `scrollToIndex` of its handle moves it.
 */

import type { ComponentChildren, Key, RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface VirtualListHandle {
  /** Scrolls as little as brings the row into view; it is in the page when this returns. */
  scrollToIndex(index: number): void;
}

export interface VirtualListProps {
  count: number;
  /** In CSS pixels, of every row. */
  rowHeight: number;
  class?: string;
  label: string;
  itemKey(index: number): Key;
  children(index: number): ComponentChildren;
  /** Rows near the end come into view: more is wanted, if there is more. */
  onNearEnd?(): void;
  handle?: RefObject<VirtualListHandle | null>;
  /** Whether more rows are known to follow that are not counted. */
  more?: boolean;
  /** They are being fetched. */
  busy?: boolean;
  /** Other rows are in the page than before. */
  onDrawn?(): void;
  onKeyDown?(event: KeyboardEvent): void;
  /** After the last row, and instead of rows when there are none. */
  after?: ComponentChildren;
}

/** Drawn beyond either edge, so that a fast finger finds rows and not a gap. */
const OVERSCAN_ROWS = 6;
/** More is asked for this many rows before the end. */
const NEAR_END_ROWS = 40;

export function VirtualList(props: VirtualListProps) {
  const { count, rowHeight, class: name = '', label, itemKey, children, onNearEnd, handle, more, busy, onDrawn, onKeyDown, after } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<Range>({ first: 0, last: 30 });
  const shown = useRef(range);

  const measure = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const next = rangeAt(element.scrollTop, element.clientHeight, rowHeight);
    // A row further is not worth drawing: there is the overscan for it.
    if (next.first === shown.current.first && next.last === shown.current.last) return;
    shown.current = next;
    setRange(next);
  }, [rowHeight]);

  useLayoutEffect(() => {
    measure();
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [measure]);

  useEffect(() => {
    if (more && !busy && range.last + NEAR_END_ROWS >= count) onNearEnd?.();
  }, [range.last, count, more, busy]);

  useLayoutEffect(() => onDrawn?.(), [range]);

  if (handle) {
    handle.current = {
      scrollToIndex(index) {
        const element = scroller.current;
        if (!element) return;
        const top = index * rowHeight;
        if (top < element.scrollTop) element.scrollTop = top;
        else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
        measure();
      },
    };
  }

  const first = Math.min(range.first, Math.max(0, count - 1));
  const last = Math.min(range.last, count - 1);
  const items = [];
  for (let index = first; index <= last; index += 1) {
    items.push(
      <li
        key={itemKey(index)}
        class="virtual-list__item"
        style={{ transform: `translateY(${index * rowHeight}px)`, blockSize: `${rowHeight}px` }}
        aria-setsize={more ? -1 : count}
        aria-posinset={index + 1}
      >
        {children(index)}
      </li>,
    );
  }
  return (
    <div class={`virtual-list ${name}`} ref={scroller} onScroll={measure} onKeyDown={onKeyDown}>
      {count > 0 && (
        <ul class="virtual-list__rows" aria-label={label} style={{ blockSize: `${count * rowHeight}px` }}>
          {items}
        </ul>
      )}
      {after}
    </div>
  );
}

interface Range {
  first: number;
  last: number;
}

/** In steps of half the overscan, so that most scrolling draws nothing. */
function rangeAt(scrollTop: number, height: number, rowHeight: number): Range {
  const step = OVERSCAN_ROWS / 2;
  const first = Math.floor(scrollTop / rowHeight / step) * step - OVERSCAN_ROWS;
  const last = Math.ceil((scrollTop + height) / rowHeight / step) * step + OVERSCAN_ROWS;
  return { first: Math.max(0, first), last };
}
