/** Arranges messages for reading: by day, and within a day by who wrote them without a pause. Pure. */

import type { TimelineEntry } from '../../shared/timeline.ts';
import type { SenderType } from '../../shared/types.ts';
import { daysBetween } from '../format-time.ts';

export interface MessageGroup {
  kind: 'group';
  key: string;
  sender: SenderType;
  name: string | null;
  entries: TimelineEntry[];
}

export interface DaySeparator {
  kind: 'day';
  key: string;
  day: Date;
}

/** A longer pause starts another group, so that its time is shown. */
const PAUSE_MS = 5 * 60_000;

export function arrange(entries: readonly TimelineEntry[]): (MessageGroup | DaySeparator)[] {
  const items: (MessageGroup | DaySeparator)[] = [];
  let group: MessageGroup | null = null;
  let before: Date | null = null;
  for (const entry of entries) {
    const { sender_type: sender, sender_name: name, created_at: createdAt } = entry.message;
    const at = new Date(createdAt);
    if (!before || daysBetween(before, at) > 0) {
      items.push({ kind: 'day', key: `day-${entry.key}`, day: at });
      group = null;
    }
    const paused = before !== null && at.getTime() - before.getTime() > PAUSE_MS;
    if (!group || paused || group.sender !== sender || group.name !== name) {
      group = { kind: 'group', key: entry.key, sender, name, entries: [] };
      items.push(group);
    }
    group.entries.push(entry);
    before = at;
  }
  return items;
}
