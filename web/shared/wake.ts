/**
 * The moments at which a page may have missed something: the network is back, the tab is looked at
 * again, the laptop was opened, the page returned from the back/forward cache, or its clock jumped.
 */

import { systemClock, type Clock } from './clock.ts';
import type { Off } from './emitter.ts';

type EventSource = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

export interface WakeSources {
  window: EventSource;
  document: EventSource & { readonly visibilityState: string };
}

const TICK_MS = 5_000;
/** A machine that slept stops timers without any event; hidden tabs have theirs throttled to a minute. */
const JUMP_MS = 90_000;

export function onWake(
  wake: () => void,
  sources: WakeSources = { window, document },
  clock: Clock = systemClock,
): Off {
  const visible = () => {
    if (sources.document.visibilityState === 'visible') wake();
  };
  sources.window.addEventListener('online', wake);
  sources.window.addEventListener('pageshow', visible);
  sources.document.addEventListener('visibilitychange', visible);
  sources.document.addEventListener('resume', wake);
  let last = clock.now();
  let timer: unknown = null;
  const tick = () => {
    const now = clock.now();
    // Back as well as forward: a clock that was set is a reason to look, too.
    if (Math.abs(now - last - TICK_MS) > JUMP_MS) wake();
    last = now;
    timer = clock.setTimeout(tick, TICK_MS);
  };
  timer = clock.setTimeout(tick, TICK_MS);
  return () => {
    clock.clearTimeout(timer);
    sources.window.removeEventListener('online', wake);
    sources.window.removeEventListener('pageshow', visible);
    sources.document.removeEventListener('visibilitychange', visible);
    sources.document.removeEventListener('resume', wake);
  };
}
