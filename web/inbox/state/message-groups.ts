/**
 * Arranges a conversation for reading: by day, within a day by who wrote without a pause, with the team's notes at their
 * places and a line before the first message that was unread. Pure.
 */

import type { TimelineEntry } from '../../shared/timeline.ts';
import type { SenderType } from '../../shared/types.ts';
import { daysBetween } from '../format-time.ts';
import type { ShownNote } from './conversation-notes.ts';

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

export interface NoteItem {
  kind: 'note';
  key: string;
  note: ShownNote;
}

export interface UnreadDivider {
  kind: 'unread';
  key: 'unread';
}

export type ThreadItem = MessageGroup | DaySeparator | NoteItem | UnreadDivider;

export interface Additions {
  /** Oldest first. */
  notes?: readonly ShownNote[];
  /** The first message of the other side beyond this `seq` was unread; null: none was. */
  unreadAfter?: number | null;
  /** Notes before the first message wait until that is the first of all. */
  hasOlder?: boolean;
}

/** A longer pause starts another group, so that its time is shown. */
const PAUSE_MS = 5 * 60_000;

export function arrange(entries: readonly TimelineEntry[], { notes = [], unreadAfter = null, hasOlder = false }: Additions = {}): ThreadItem[] {
  const items: ThreadItem[] = [];
  const waiting = [...notes].sort((a, b) => a.after_seq - b.after_seq || a.created_at.localeCompare(b.created_at));
  let group: MessageGroup | null = null;
  let before: Date | null = null;
  let divided = unreadAfter === null;
  const step = (at: Date, key: string) => {
    if (before && daysBetween(before, at) <= 0) return;
    items.push({ kind: 'day', key: `day-${key}`, day: at });
    group = null;
  };
  const placeNotes = (isDue: (note: ShownNote) => boolean) => {
    while (waiting[0] && isDue(waiting[0])) {
      const note = waiting.shift() as ShownNote;
      const at = new Date(note.created_at);
      step(at, note.key);
      items.push({ kind: 'note', key: note.key, note });
      group = null;
      before = before && before > at ? before : at;
    }
  };
  const firstSeq = entries[0]?.message.seq ?? 0;
  if (hasOlder) while (waiting[0] && waiting[0].after_seq < firstSeq - 1) waiting.shift();
  for (const entry of entries) {
    const { seq, sender_type: sender, sender_name: name, created_at: createdAt } = entry.message;
    const at = new Date(createdAt);
    placeNotes((note) => (seq > 0 ? note.after_seq < seq : note.created_at < createdAt));
    step(at, entry.key);
    if (!divided && seq > (unreadAfter ?? 0) && sender === 'visitor') {
      items.push({ kind: 'unread', key: 'unread' });
      group = null;
      divided = true;
    }
    const paused = before !== null && at.getTime() - (before as Date).getTime() > PAUSE_MS;
    // Assigned in callbacks, which the compiler does not follow.
    const open = group as MessageGroup | null;
    if (!open || paused || open.sender !== sender || open.name !== name) {
      group = { kind: 'group', key: entry.key, sender, name, entries: [entry] };
      items.push(group);
    } else open.entries.push(entry);
    before = at;
  }
  placeNotes(() => true);
  return items;
}
