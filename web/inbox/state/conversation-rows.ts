/**
 * The rows of the list, from whatever brings them: pages, broadcasts, answers to an agent's own
 * actions. Pure: no I/O, no clock.
 *
 * Invariants: a row is there once, in the state of its highest revision. What `select` returns has no
 * holes: the server pages by revision, so a row below the lowest revision that was paged through is
 * kept back until the paging gets there.
 */

import type { ConversationFilter, ConversationRow } from '../inbox-api.ts';

/** Nothing of this filter has been paged through yet. */
const NOTHING = Infinity;
/** All of it has. */
const EVERYTHING = 0;

export class ConversationRows {
  private readonly byId = new Map<number, ConversationRow>();
  /** By filter, the revision down to which every row is known. */
  private readonly floors = new Map<ConversationFilter, number>();
  private readonly selected = new Map<ConversationFilter, ConversationRow[]>();

  /** `onNews` is told every state that is newer than what was known. */
  constructor(private readonly onNews: (row: ConversationRow) => void = () => {}) {}

  get(id: number): ConversationRow | null {
    return this.byId.get(id) ?? null;
  }

  /** Returns whether it brought anything new; an equal revision is a repeat. */
  merge(row: ConversationRow): boolean {
    const known = this.byId.get(row.id);
    if (known && known.revision >= row.revision) return false;
    this.byId.set(row.id, row);
    this.selected.clear();
    this.onNews(row);
    return true;
  }

  /** A page of a filter, newest first, that continues where the filter's paging was. */
  applyPage(filter: ConversationFilter, rows: ConversationRow[], hasMore: boolean): void {
    for (const row of rows) this.merge(row);
    const lowest = rows.reduce((min, row) => Math.min(min, row.revision), this.ownFloor(filter));
    this.floors.set(filter, hasMore ? lowest : EVERYTHING);
    this.selected.clear();
  }

  /** Too much was missed to be told row by row: paging begins again, and what is known stays kept back. */
  restartPaging(): void {
    this.floors.clear();
    this.selected.clear();
  }

  /** Whether anything of a filter has been paged through, so that an empty selection means that there is nothing. */
  isLoaded(filter: ConversationFilter): boolean {
    return this.floor(filter) < NOTHING;
  }

  hasOlder(filter: ConversationFilter): boolean {
    return this.floor(filter) !== EVERYTHING;
  }

  /** What to pass as `before_revision` for the next page; null for the first one. */
  pageCursor(filter: ConversationFilter): number | null {
    const floor = this.floor(filter);
    return floor === NOTHING ? null : floor;
  }

  /** The rows to show: latest message first. The same array until something changes. */
  select(filter: ConversationFilter): ConversationRow[] {
    let rows = this.selected.get(filter);
    if (!rows) {
      const floor = this.floor(filter);
      rows = [...this.byId.values()].filter((row) => row.revision >= floor && matches(row, filter)).sort(byLatest);
      this.selected.set(filter, rows);
    }
    return rows;
  }

  /** Known conversations with something that no agent has read. */
  get unreadConversations(): number {
    let count = 0;
    for (const row of this.byId.values()) if (row.unread_count > 0) count += 1;
    return count;
  }

  /** What was paged through under one filter is also known under another: `all` is both others together. */
  private floor(filter: ConversationFilter): number {
    const open = this.ownFloor('open');
    const closed = this.ownFloor('closed');
    const all = Math.min(this.ownFloor('all'), Math.max(open, closed));
    return filter === 'all' ? all : Math.min(this.ownFloor(filter), all);
  }

  private ownFloor(filter: ConversationFilter): number {
    return this.floors.get(filter) ?? NOTHING;
  }
}

function matches(row: ConversationRow, filter: ConversationFilter): boolean {
  return filter === 'all' || (row.status === 'closed') === (filter === 'closed');
}

/** By what people see. A revision also rises when somebody reads, which must not move a row. */
function byLatest(a: ConversationRow, b: ConversationRow): number {
  const difference = Date.parse(latestOf(b)) - Date.parse(latestOf(a));
  return difference || b.id - a.id;
}

export function latestOf(row: ConversationRow): string {
  return row.last_message_at ?? row.created_at;
}
