/**
 * The moments at which a page may have missed something: the network is back, the tab is looked at
 * again, the laptop was opened, the page returned from the back/forward cache.
 */

import type { Off } from './emitter.ts';

type EventSource = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

export interface WakeSources {
  window: EventSource;
  document: EventSource & { readonly visibilityState: string };
}

export function onWake(wake: () => void, sources: WakeSources = { window, document }): Off {
  const visible = () => {
    if (sources.document.visibilityState === 'visible') wake();
  };
  sources.window.addEventListener('online', wake);
  sources.window.addEventListener('pageshow', visible);
  sources.document.addEventListener('visibilitychange', visible);
  return () => {
    sources.window.removeEventListener('online', wake);
    sources.window.removeEventListener('pageshow', visible);
    sources.document.removeEventListener('visibilitychange', visible);
  };
}
