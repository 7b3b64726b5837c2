/** The current route, kept in step with the browser's history. */

import { Emitter, type Off } from '../shared/emitter.ts';
import { hrefOf, parseRoute, type Route } from './routes.ts';

export class Router {
  private readonly events = new Emitter<{ change: Route }>();
  private current: Route = parseRoute(new URL(location.href));

  constructor() {
    window.addEventListener('popstate', () => this.set(parseRoute(new URL(location.href))));
  }

  get state(): Route {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** `replace`: the current page does not stay in the history. */
  go(route: Route, how: 'push' | 'replace' = 'push'): void {
    const href = hrefOf(route);
    if (how === 'replace' || href === location.pathname + location.search) history.replaceState(null, '', href);
    else history.pushState(null, '', href);
    this.set(route);
  }

  private set(route: Route): void {
    this.current = route;
    this.events.emit('change', route);
  }
}
