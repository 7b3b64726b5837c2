/** A timeline makes its entries anew with every change, of messages that stay. Here they stay the same, so that what shows them can. */

import { useRef } from 'preact/hooks';
import type { TimelineEntry } from '../../shared/timeline.ts';

/** The same array as long as nothing in it changes, and the same entries as long as they say the same. */
export function useEntries(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const before = useRef<readonly TimelineEntry[]>([]);
  before.current = keepSame(before.current, entries);
  return before.current;
}

export function keepSame(before: readonly TimelineEntry[], after: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const byKey = new Map(before.map((entry) => [entry.key, entry]));
  const kept = after.map((entry) => {
    const known = byKey.get(entry.key);
    return known && isSame(known, entry) ? known : entry;
  });
  return kept.length === before.length && kept.every((entry, index) => entry === before[index]) ? before : kept;
}

function isSame(before: TimelineEntry, { message, delivery, upload, progress, error }: TimelineEntry): boolean {
  return before.message === message && before.delivery === delivery && before.upload === upload && before.progress === progress && before.error === error;
}
