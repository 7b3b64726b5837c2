/** The inbox's addresses: from a URL to what it shows, and back. Pure; `router.ts` knows the browser. */

import type { ConversationFilter } from './inbox-api.ts';

export type Route =
  /** The token stands in the fragment, which browsers send to nobody. */
  | { page: 'setup'; token: string | null }
  /** `next` is where to go afterwards: always a page of the inbox, never another site. */
  | { page: 'login'; next: OwnRoute | null }
  | OwnRoute
  | { page: 'unknown' };

/** The pages of somebody who is logged in. */
export type OwnRoute =
  | InboxRoute
  | { page: 'search'; words: string }
  /** `name` as in `pages/settings/registry.ts`; null for the first that the agent may see. */
  | { page: 'settings'; name: string | null };

export interface InboxRoute {
  page: 'inbox';
  conversationId: number | null;
  filter: ConversationFilter;
}

const BASE = '/inbox';
const DEFAULT_FILTER: ConversationFilter = 'open';

export function inboxRoute(conversationId: number | null, filter: ConversationFilter = DEFAULT_FILTER): InboxRoute {
  return { page: 'inbox', conversationId, filter };
}

export function parseRoute(url: URL): Route {
  const path = url.pathname.replace(/\/+$/, '');
  if (path === `${BASE}/setup`) return { page: 'setup', token: url.hash.slice(1) || null };
  if (path === `${BASE}/login`) return { page: 'login', next: parseNext(url) };
  return parseOwn(path, url.searchParams) ?? { page: 'unknown' };
}

export function isOwn(route: Route): route is OwnRoute {
  return route.page !== 'setup' && route.page !== 'login' && route.page !== 'unknown';
}

export function hrefOf(route: Route): string {
  switch (route.page) {
    case 'setup':
      return `${BASE}/setup${route.token ? `#${route.token}` : ''}`;
    case 'login':
      return `${BASE}/login${route.next ? `?next=${encodeURIComponent(hrefOf(route.next))}` : ''}`;
    case 'inbox': {
      const path = route.conversationId === null ? BASE : `${BASE}/conversations/${route.conversationId}`;
      return route.filter === DEFAULT_FILTER ? path : `${path}?filter=${route.filter}`;
    }
    case 'search':
      return `${BASE}/search${route.words ? `?q=${encodeURIComponent(route.words)}` : ''}`;
    case 'settings':
      return `${BASE}/settings${route.name ? `/${route.name}` : ''}`;
    case 'unknown':
      return BASE;
  }
}

function parseOwn(path: string, query: URLSearchParams): OwnRoute | null {
  if (path === `${BASE}/search`) return { page: 'search', words: query.get('q') ?? '' };
  if (path === `${BASE}/settings`) return { page: 'settings', name: null };
  const name = /^\/inbox\/settings\/([a-z-]{1,40})$/.exec(path)?.[1];
  return name === undefined ? parseInbox(path, query) : { page: 'settings', name };
}

function parseInbox(path: string, query: URLSearchParams): InboxRoute | null {
  const filter = parseFilter(query.get('filter'));
  if (path === BASE) return inboxRoute(null, filter);
  const id = /^\/inbox\/conversations\/([1-9][0-9]{0,14})$/.exec(path)?.[1];
  return id === undefined ? null : inboxRoute(Number(id), filter);
}

function parseFilter(value: string | null): ConversationFilter {
  return value === 'closed' || value === 'all' ? value : DEFAULT_FILTER;
}

function parseNext(url: URL): OwnRoute | null {
  const next = url.searchParams.get('next');
  if (!next?.startsWith('/')) return null;
  // Only its path and query are looked at, so that a foreign host in it means nothing.
  const target = new URL(next, url.origin);
  return target.origin === url.origin ? parseOwn(target.pathname.replace(/\/+$/, ''), target.searchParams) : null;
}
