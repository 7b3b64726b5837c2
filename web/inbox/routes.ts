/** The inbox's addresses: from a URL to what it shows, and back. Pure; `router.ts` knows the browser. */

import { DEFAULT_QUERY, parseQuery, queryKey, type ListQuery } from './state/list-query.ts';

export type Route =
  /** The token stands in the fragment, which browsers send to nobody. */
  | { page: 'setup'; token: string | null }
  | { page: 'invitation'; token: string | null }
  | { page: 'password-reset'; token: string | null }
  /** `next` is where to go afterwards: always a page of the inbox, never another site. */
  | { page: 'login'; next: OwnRoute | null }
  | OwnRoute
  | { page: 'unknown' };

/** The pages of somebody who is logged in. */
export type OwnRoute =
  | InboxRoute
  | { page: 'search'; words: string }
  | { page: 'mentions' }
  /** `query` as in `state/report-query.ts`. */
  | { page: 'reports'; query: string }
  | SettingsRoute;

export interface SettingsRoute {
  page: 'settings';
  /** As in `pages/settings/registry.ts`; null for the first that the agent may see. */
  name: string | null;
  /** What is open within the page, such as `3/appearance`, which the page itself reads. */
  detail?: string | null;
}

export interface InboxRoute {
  page: 'inbox';
  conversationId: number | null;
  /** The list beside the conversation. */
  query: ListQuery;
  /** The message that is to be in view, by its `seq`; `use-wanted-message.ts` reads it from the fragment. */
  messageSeq: number | null;
}

const BASE = '/inbox';

export function inboxRoute(conversationId: number | null, query: ListQuery = DEFAULT_QUERY, messageSeq: number | null = null): InboxRoute {
  return { page: 'inbox', conversationId, query, messageSeq };
}

export function parseRoute(url: URL): Route {
  const path = url.pathname.replace(/\/+$/, '');
  if (path === `${BASE}/setup`) return { page: 'setup', token: url.hash.slice(1) || null };
  if (path === `${BASE}/invitation`) return { page: 'invitation', token: url.hash.slice(1) || null };
  if (path === `${BASE}/password-reset`) return { page: 'password-reset', token: url.hash.slice(1) || null };
  if (path === `${BASE}/login`) return { page: 'login', next: parseNext(url) };
  return parseOwn(path, url.searchParams) ?? { page: 'unknown' };
}

/** The pages of one-time links, for which nobody has to be logged in. */
export type LinkRoute = Extract<Route, { token: string | null }>;

export function isByLink(route: Route): route is LinkRoute {
  return 'token' in route;
}

export function isOwn(route: Route): route is OwnRoute {
  return !isByLink(route) && route.page !== 'login' && route.page !== 'unknown';
}

export function hrefOf(route: Route): string {
  switch (route.page) {
    case 'setup':
    case 'invitation':
    case 'password-reset':
      return `${BASE}/${route.page}${route.token ? `#${route.token}` : ''}`;
    case 'login':
      return `${BASE}/login${route.next ? `?next=${encodeURIComponent(hrefOf(route.next))}` : ''}`;
    case 'inbox': {
      const path = route.conversationId === null ? BASE : `${BASE}/conversations/${route.conversationId}`;
      const key = queryKey(route.query);
      const fragment = route.messageSeq === null ? '' : `#message-${route.messageSeq}`;
      return (key ? `${path}?${key}` : path) + fragment;
    }
    case 'search':
      return `${BASE}/search${route.words ? `?q=${encodeURIComponent(route.words)}` : ''}`;
    case 'mentions':
      return `${BASE}/mentions`;
    case 'reports':
      return `${BASE}/reports${route.query ? `?${route.query}` : ''}`;
    case 'settings':
      return `${BASE}/settings${route.name ? `/${route.name}${route.detail ? `/${route.detail}` : ''}` : ''}`;
    case 'unknown':
      return BASE;
  }
}

function parseOwn(path: string, query: URLSearchParams): OwnRoute | null {
  if (path === `${BASE}/search`) return { page: 'search', words: query.get('q') ?? '' };
  if (path === `${BASE}/mentions`) return { page: 'mentions' };
  if (path === `${BASE}/reports`) return { page: 'reports', query: query.toString() };
  if (path === `${BASE}/settings`) return { page: 'settings', name: null };
  const [, name, detail] = /^\/inbox\/settings\/([a-z-]{1,40})(?:\/([a-z0-9/-]{1,80}))?$/.exec(path) ?? [];
  if (name === undefined) return parseInbox(path, query);
  return detail === undefined ? { page: 'settings', name } : { page: 'settings', name, detail };
}

function parseInbox(path: string, params: URLSearchParams): InboxRoute | null {
  const query = parseQuery(params);
  if (path === BASE) return inboxRoute(null, query);
  const id = /^\/inbox\/conversations\/([1-9][0-9]{0,14})$/.exec(path)?.[1];
  return id === undefined ? null : inboxRoute(Number(id), query);
}

function parseNext(url: URL): OwnRoute | null {
  const next = url.searchParams.get('next');
  if (!next?.startsWith('/')) return null;
  // Only its path and query are looked at, so that a foreign host in it means nothing.
  const target = new URL(next, url.origin);
  return target.origin === url.origin ? parseOwn(target.pathname.replace(/\/+$/, ''), target.searchParams) : null;
}
