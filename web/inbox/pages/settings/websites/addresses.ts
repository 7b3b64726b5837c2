/** Where websites and their sections are in the inbox. */

import type { Route } from '../../../routes.ts';

export function websiteRoute(id: number, section: string | null = null): Route {
  return { page: 'settings', name: 'websites', detail: section === null ? String(id) : `${id}/${section}` };
}

export const WEBSITES_ROUTE: Route = { page: 'settings', name: 'websites' };
