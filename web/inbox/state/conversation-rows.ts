/**
 * The rows of the lists, from whatever brings them: pages, broadcasts, answers to an agent's own actions. Pure: no I/O,
 * no clock.
 *
 * Invariants: a row is there once, in the state of its highest revision, with what the agent has just changed laid over
 * it until the server has answered. What `select` returns of a list that is loaded has no holes: a row beyond the last
 * one that was paged to is kept back until the paging gets there. Each list is kept in order as rows change, so that one
 * change costs the same whatever the length.
 */

import type { ConversationRow } from '../inbox-api.ts';
import { comparePlaces, matches, placeOf, queryKey, type ListQuery, type Place } from './list-query.ts';

/** Lists beyond these are forgotten, the longest unused first; their rows stay known. */
const MOST_LISTS = 16;
/** Shown of a list that is not loaded yet, from what is known. */
const FIRST_ROWS = 50;

interface Entry {
  place: Place;
  row: ConversationRow;
}

interface List {
  query: ListQuery;
  /** Every known row that the list has, in its order. */
  entries: Entry[];
  /** The last place that was paged to: above it nothing is missing. `nothing` before the first page. */
  floor: Place | 'nothing' | 'everything';
  cursor: string | null;
  selected: ConversationRow[] | null;
}

export class ConversationRows {
  /** As the server has them. */
  private readonly stored = new Map<number, ConversationRow>();
  /** Changes that the server has not answered yet, by conversation; the later one wins. */
  private readonly assumed = new Map<number, Map<symbol, Partial<ConversationRow>>>();
  private readonly byId = new Map<number, ConversationRow>();
  /** In the order of use. */
  private readonly lists = new Map<string, List>();

  /** `onNews` is told every state that is newer than what was known. */
  constructor(
    private readonly ownId: number,
    private readonly onNews: (row: ConversationRow) => void = () => {},
  ) {}

  /** As it is shown. */
  get(id: number): ConversationRow | null {
    return this.byId.get(id) ?? null;
  }

  /** Returns whether it brought anything new; an equal revision is a repeat. */
  merge(row: ConversationRow): boolean {
    const known = this.stored.get(row.id);
    if (known && known.revision >= row.revision) return false;
    this.stored.set(row.id, row);
    this.refresh(row.id);
    this.onNews(row);
    return true;
  }

  /** Shows a change before the server has answered; the answered function ends that. */
  assume(id: number, change: Partial<ConversationRow>): () => void {
    const token = Symbol();
    let changes = this.assumed.get(id);
    if (!changes) this.assumed.set(id, (changes = new Map()));
    changes.set(token, change);
    this.refresh(id);
    return () => {
      changes.delete(token);
      if (changes.size === 0) this.assumed.delete(id);
      this.refresh(id);
    };
  }

  /**
   * A page that goes on where the list's paging was; `next` is null after the last one. A row that should be in it, is not,
   * and is known no later than the page's `revision`, has changed without being heard of here: it is forgotten.
   */
  applyPage(query: ListQuery, rows: readonly ConversationRow[], next: string | null, revision: number): void {
    for (const row of rows) this.merge(row);
    const list = this.list(query);
    const last = rows[rows.length - 1];
    const before = list.floor;
    list.cursor = next;
    if (next === null) list.floor = 'everything';
    else if (last) list.floor = lower(list.floor, placeOf(last, query.sort));
    list.selected = null;
    if (before === 'everything') return;
    const paged = new Set(rows.map(({ id }) => id));
    const from = before === 'nothing' ? 0 : search(list.entries, before) + 1;
    const stale = list.entries
      .slice(from, this.shown(list))
      .filter(({ row }) => !paged.has(row.id) && row.revision <= revision && !this.assumed.has(row.id));
    for (const { row } of stale) this.forget(row.id);
  }

  /** Too much was missed to be told row by row: paging begins again, and what is known stays kept back. */
  restartPaging(): void {
    for (const list of this.lists.values()) {
      list.floor = 'nothing';
      list.cursor = null;
      list.selected = null;
    }
  }

  /** Whether anything of a list has been paged through, so that an empty selection means that there is nothing. */
  isLoaded(query: ListQuery): boolean {
    return this.list(query).floor !== 'nothing';
  }

  hasMore(query: ListQuery): boolean {
    return this.list(query).floor !== 'everything';
  }

  /** What to ask for the next page with; null for the first one. */
  pageCursor(query: ListQuery): string | null {
    return this.list(query).cursor;
  }

  /** The rows to show. The same array until something changes. */
  select(query: ListQuery): ConversationRow[] {
    const list = this.list(query);
    list.selected ??= list.entries.slice(0, this.shown(list)).map(({ row }) => row);
    return list.selected;
  }

  /** Where a conversation is in what `select` returns; -1 when it is not. */
  indexOf(query: ListQuery, id: number): number {
    const row = this.byId.get(id);
    const list = this.list(query);
    if (!row) return -1;
    const at = search(list.entries, placeOf(row, query.sort));
    return list.entries[at]?.row.id === id && at < this.shown(list) ? at : -1;
  }

  /** Known conversations that are open and have something that no agent has read. */
  get unreadConversations(): number {
    let count = 0;
    for (const row of this.byId.values()) if (row.unread_count > 0 && row.status !== 'closed') count += 1;
    return count;
  }

  private shown({ floor, entries }: List): number {
    if (floor === 'everything') return entries.length;
    if (floor === 'nothing') return Math.min(FIRST_ROWS, entries.length);
    const end = search(entries, floor);
    // The last row that was paged to may have moved since; its place stands for it.
    return entries[end] && comparePlaces(entries[end].place, floor) === 0 ? end + 1 : end;
  }

  private list(query: ListQuery): List {
    const key = queryKey(query);
    let list = this.lists.get(key);
    if (list) this.lists.delete(key);
    else list = this.created(query);
    this.lists.set(key, list);
    const oldest = this.lists.size > MOST_LISTS ? this.lists.keys().next().value : undefined;
    if (oldest !== undefined) this.lists.delete(oldest);
    return list;
  }

  private created(query: ListQuery): List {
    const entries = [...this.byId.values()]
      .filter((row) => matches(row, query, this.ownId))
      .map((row) => ({ row, place: placeOf(row, query.sort) }))
      .sort((a, b) => comparePlaces(a.place, b.place));
    return { query, entries, floor: 'nothing', cursor: null, selected: null };
  }

  /** It is not there any more. */
  forget(id: number): void {
    const row = this.byId.get(id);
    this.byId.delete(id);
    this.stored.delete(id);
    for (const list of this.lists.values()) if (row && remove(list, row)) list.selected = null;
  }

  /** The row is shown anew, wherever that is. */
  private refresh(id: number): void {
    const stored = this.stored.get(id);
    if (!stored) return;
    const before = this.byId.get(id);
    const changes = this.assumed.get(id);
    const after = changes ? Object.assign({}, stored, ...changes.values()) as ConversationRow : stored;
    this.byId.set(id, after);
    for (const list of this.lists.values()) {
      const left = before !== undefined && remove(list, before);
      const joined = matches(after, list.query, this.ownId);
      if (joined) insert(list, after);
      if (left || joined) list.selected = null;
    }
  }
}

function lower(floor: List['floor'], place: Place): Place {
  return typeof floor === 'string' || comparePlaces(place, floor) > 0 ? place : floor;
}

/** Where the place is or would be. */
function search(entries: readonly Entry[], place: Place): number {
  let [from, to] = [0, entries.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const entry = entries[middle];
    if (entry && comparePlaces(entry.place, place) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function remove({ entries, query }: List, row: ConversationRow): boolean {
  const at = search(entries, placeOf(row, query.sort));
  if (entries[at]?.row.id !== row.id) return false;
  entries.splice(at, 1);
  return true;
}

function insert({ entries, query }: List, row: ConversationRow): void {
  const place = placeOf(row, query.sort);
  entries.splice(search(entries, place), 0, { place, row });
}

export function latestOf(row: ConversationRow): string {
  return row.last_message_at ?? row.created_at;
}
