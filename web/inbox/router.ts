/** The current route, kept in step with the browser's history. */

import { Emitter, type Off } from '../shared/emitter.ts';
import { hrefOf, parseRoute, type Route } from './routes.ts';

/** Asked instead of going elsewhere; goes there when it is told to proceed. */
export type LeaveGuard = (proceed: () => void) => void;

export class Router {
  private readonly events = new Emitter<{ change: Route }>();
  private current: Route;
  private guard: LeaveGuard | null = null;

  constructor() {
    this.current = parseRoute(new URL(location.href));
    // Also fires when only the fragment changed, as when a second set-up link is pasted.
    window.addEventListener('popstate', () => {
      const wanted = parseRoute(new URL(location.href));
      if (!this.guard) return this.set(wanted);
      // The browser has gone already; the page that is shown stays where it is until it has been asked.
      history.pushState(null, '', hrefOf(this.current));
      this.ask(() => this.go(wanted));
    });
  }

  get state(): Route {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** Until it is taken back, nobody goes elsewhere without having been asked: there is something that would be lost. */
  hold(guard: LeaveGuard): Off {
    this.guard = guard;
    return () => {
      if (this.guard === guard) this.guard = null;
    };
  }

  /** `replace`: the current page does not stay in the history. */
  go(route: Route, how: 'push' | 'replace' = 'push'): void {
    const href = hrefOf(route);
    if (this.guard && href !== hrefOf(this.current)) return this.ask(() => this.go(route, how));
    const same = href === location.pathname + location.search + location.hash;
    if (how === 'replace' || same) history.replaceState(null, '', href);
    else history.pushState(null, '', href);
    this.set(route);
  }

  private ask(go: () => void): void {
    this.guard?.(() => {
      this.guard = null;
      go();
    });
  }

  private set(route: Route): void {
    this.current = route;
    this.events.emit('change', route);
  }
}
