/** The console's addresses: from a URL to what it shows, and back. Pure; `router.ts` knows the browser. */

import type { ConnectionQuery } from './console-api.ts';

export type Route =
  /** `app` is null where the address names none: then the first one is shown. */
  | { page: 'overview'; app: string | null }
  | { page: 'channels'; app: string; search: string }
  | { page: 'channel'; app: string; name: string }
  | { page: 'connections'; app: string; find: ConnectionQuery }
  | { page: 'live'; app: string }
  | { page: 'send'; app: string }
  | { page: 'webhooks'; app: string }
  | { page: 'unknown' };

export type PageName = Exclude<Route['page'], 'unknown'>;

const BASE = '/console';
const FINDS = ['socket_id', 'user_id', 'channel'] as const;

export function parseRoute(url: URL): Route {
  const unknown: Route = { page: 'unknown' };
  if (url.pathname !== BASE && !url.pathname.startsWith(`${BASE}/`)) return unknown;
  let parts: string[];
  try {
    parts = url.pathname.slice(BASE.length).split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return unknown;
  }
  if (parts.length === 0) return { page: 'overview', app: null };
  const [apps, app, page, name, ...rest] = parts;
  if (apps !== 'apps' || app === undefined || rest.length > 0) return unknown;
  if (name !== undefined) return page === 'channels' ? { page: 'channel', app, name } : unknown;
  switch (page) {
    case undefined:
      return { page: 'overview', app };
    case 'channels':
      return { page, app, search: url.searchParams.get('search') ?? '' };
    case 'connections':
      return { page, app, find: parseFind(url.searchParams) };
    case 'live':
    case 'send':
    case 'webhooks':
      return { page, app };
    default:
      return unknown;
  }
}

export function hrefOf(route: Route): string {
  if (route.page === 'unknown' || route.app === null) return BASE;
  const base = `${BASE}/apps/${encodeURIComponent(route.app)}`;
  switch (route.page) {
    case 'overview':
      return base;
    case 'channels':
      return `${base}/channels${query({ search: route.search })}`;
    case 'channel':
      return `${base}/channels/${encodeURIComponent(route.name)}`;
    case 'connections':
      return `${base}/connections${query({ ...route.find })}`;
    case 'live':
    case 'send':
    case 'webhooks':
      return `${base}/${route.page}`;
  }
}

/** The same page of another application; what the other does not have falls back to what it has. */
export function ofApp(route: Route, app: string): Route {
  switch (route.page) {
    case 'unknown':
      return { page: 'overview', app };
    case 'channel':
      return { page: 'channels', app, search: '' };
    case 'connections':
      return { page: 'connections', app, find: {} };
    default:
      return { ...route, app };
  }
}

/** What somebody types to find a connection: a socket id, a channel after `#`, or a user's id. */
export function parseSearch(text: string): ConnectionQuery {
  const wanted = text.trim();
  if (!wanted) return {};
  if (/^\d+\.\d+$/.test(wanted)) return { socket_id: wanted };
  return wanted.startsWith('#') ? { channel: wanted.slice(1) } : { user_id: wanted };
}

/** What had to be typed for it. */
export function searchText(find: ConnectionQuery): string {
  return find.socket_id ?? find.user_id ?? (find.channel === undefined ? '' : `#${find.channel}`);
}

function parseFind(parameters: URLSearchParams): ConnectionQuery {
  for (const name of FINDS) {
    const value = parameters.get(name);
    if (value) return { [name]: value };
  }
  return {};
}

function query(fields: Record<string, string | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value) parameters.set(name, value);
  const text = parameters.toString();
  return text && `?${text}`;
}
