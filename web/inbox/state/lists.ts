/** The lists of the navigation: what each is called, and which one a query is. */

import { text } from '../text.ts';
import type { DirectoryState } from './directory.ts';
import { listQuery, parseQuery, queryKey, type ListQuery } from './list-query.ts';

export const STANDARD_LISTS = ['mine', 'unassigned', 'all', 'snoozed', 'closed'] as const;
export type StandardList = (typeof STANDARD_LISTS)[number];

export const QUERIES: Record<StandardList, ListQuery> = {
  mine: listQuery({ assignee: 'me' }),
  unassigned: listQuery({ assignee: 'none' }),
  all: listQuery({}),
  snoozed: listQuery({ status: 'snoozed' }),
  closed: listQuery({ status: 'closed' }),
};

/** What stands above the list: the name of a saved view, of a list of the navigation, or what it is filtered by. */
export function listTitle(query: ListQuery, { views, teams, labels }: DirectoryState): string {
  const view = views.find(({ filter }) => sameList(parseQuery(filter), query));
  if (view) return view.name;
  const standard = STANDARD_LISTS.find((name) => sameList(QUERIES[name], query));
  if (standard) return text.lists.names[standard];
  const team = teams.find(({ id }) => sameList(listQuery({ team: id }), query));
  if (team) return team.name;
  const label = labels.find(({ id }) => sameList(listQuery({ label: id }), query));
  return label?.name ?? text.lists.filtered;
}

/** Whether two queries have the same conversations, whatever their order. */
export function sameList(a: ListQuery, b: ListQuery): boolean {
  return queryKey({ ...a, sort: 'newest' }) === queryKey({ ...b, sort: 'newest' });
}
