/**
 * Which conversations a list shows and in what order: filters that combine, as the address, the server and a saved view
 * have them. Pure. What a filter means is the server's word; here it is known too, so that rows come and go at once.
 */

import type { ConversationStatus } from '../../shared/types.ts';
import type { ConversationRow } from '../inbox-api.ts';

export const PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** `open`: what there is to do, waiting or answered. */
export const STATUS_FILTERS = ['open', 'pending', 'active', 'snoozed', 'closed', 'all'] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

/** `waiting`: who waits longest for an answer first. `priority`: the most urgent first. */
export const SORTS = ['newest', 'oldest', 'waiting', 'priority'] as const;
export type Sort = (typeof SORTS)[number];

/** Null: whatever it is. */
export interface ListQuery {
  status: StatusFilter;
  /** `any`: somebody. */
  assignee: 'me' | 'none' | 'any' | number | null;
  team: 'none' | 'any' | number | null;
  widget: number | null;
  label: number | null;
  priority: 'none' | Priority | null;
  unread: boolean;
  /** `me`: with a note in which the agent is mentioned. */
  mentioned: 'me' | null;
  sort: Sort;
}

export const DEFAULT_QUERY: ListQuery = {
  status: 'open',
  assignee: null,
  team: null,
  widget: null,
  label: null,
  priority: null,
  unread: false,
  mentioned: null,
  sort: 'newest',
};

export function listQuery(change: Partial<ListQuery>): ListQuery {
  return { ...DEFAULT_QUERY, ...change };
}

/** What is not understood counts as not said. */
export function parseQuery(given: URLSearchParams | Record<string, unknown>): ListQuery {
  const read = (name: string): string | null => {
    const value = given instanceof URLSearchParams ? given.get(name) : given[name];
    return value === undefined || value === null ? null : String(value);
  };
  const id = (name: string): number | null => {
    const text = read(name);
    return text !== null && /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : null;
  };
  const word = <Word extends string>(name: string, words: readonly Word[]): Word | null =>
    words.find((candidate) => candidate === read(name)) ?? null;
  const unread = read('unread');
  return {
    status: word('status', STATUS_FILTERS) ?? DEFAULT_QUERY.status,
    assignee: word('assignee', ['me', 'none', 'any'] as const) ?? id('assignee'),
    team: word('team', ['none', 'any'] as const) ?? id('team'),
    widget: id('widget'),
    label: id('label'),
    priority: word('priority', ['none', ...PRIORITIES] as const),
    unread: unread === '1' || unread === 'true',
    mentioned: word('mentioned', ['me'] as const),
    sort: word('sort', SORTS) ?? DEFAULT_QUERY.sort,
  };
}

/** What differs from the usual list, in one order, so that the same list always has the same address. */
export function queryParts(query: ListQuery): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const name of Object.keys(DEFAULT_QUERY) as (keyof ListQuery)[]) {
    const value = query[name];
    if (value !== DEFAULT_QUERY[name]) parts[name] = value === true ? '1' : String(value);
  }
  return parts;
}

/** The same for the same list. */
export function queryKey(query: ListQuery): string {
  return new URLSearchParams(queryParts(query)).toString();
}

/** How many filters there are beside the status. */
export function filterCount(query: ListQuery): number {
  return (['assignee', 'team', 'widget', 'label', 'priority', 'unread', 'mentioned'] as const).filter((name) => query[name] !== DEFAULT_QUERY[name]).length;
}

export function matches(row: ConversationRow, query: ListQuery, ownId: number): boolean {
  return (
    // A conversation without a message is in no list.
    row.last_message_at !== null &&
    hasStatus(row.status, query.status) &&
    isHeld(row.assigned_to, query.assignee === 'me' ? ownId : query.assignee) &&
    isHeld(row.team, query.team) &&
    (query.widget === null || row.widget_id === query.widget) &&
    (query.label === null || row.label_ids.includes(query.label)) &&
    (query.priority === null || (row.priority ?? 'none') === query.priority) &&
    (!query.unread || row.unread_count > 0) &&
    (query.mentioned === null || (row.mentioned_agent_ids ?? []).includes(ownId))
  );
}

function hasStatus(status: ConversationStatus, wanted: StatusFilter): boolean {
  if (wanted === 'open') return status === 'pending' || status === 'active';
  return wanted === 'all' || status === wanted;
}

function isHeld(holder: { id: number } | null, wanted: 'none' | 'any' | number | null): boolean {
  switch (wanted) {
    case null:
      return true;
    case 'none':
      return holder === null;
    case 'any':
      return holder !== null;
    default:
      return holder?.id === wanted;
  }
}

/** The place of a row in a list: compared from the first to the last, smaller is further up. */
export type Place = readonly [rank: number, time: number, id: number];

export function placeOf(row: ConversationRow, sort: Sort): Place {
  const newest = micros(row.last_message_at ?? row.created_at);
  switch (sort) {
    case 'newest':
      return [0, -newest, -row.id];
    case 'oldest':
      return [0, newest, row.id];
    case 'waiting':
      return [0, row.waiting_since === null ? Infinity : micros(row.waiting_since), row.id];
    case 'priority':
      return [row.priority === null ? 0 : -1 - PRIORITIES.indexOf(row.priority), -newest, -row.id];
  }
}

export function comparePlaces(a: Place, b: Place): number {
  return a[0] - b[0] || (a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1) || a[2] - b[2];
}

/** Microseconds since 1970, as the server sorts; the browser's own dates end at milliseconds. */
export function micros(time: string): number {
  const beyond = /\.\d{3}(\d{1,3})/.exec(time)?.[1] ?? '';
  return Date.parse(time) * 1_000 + Number(beyond.padEnd(3, '0'));
}
