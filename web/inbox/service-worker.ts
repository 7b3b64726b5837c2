/**
 * The inbox's service worker: opens the page without the network, keeps the files that are named by their content, and
 * shows what is pushed. It never keeps or answers anything of the API.
 *
 * The page itself comes from the network while that answers soon, so that a new version is there at once. A new worker
 * waits until the page says that it may take over.
 */

import type { WorkerScope } from './worker-scope.ts';

declare const self: WorkerScope;
/** By the build: the files the page needs, and a name that changes with any of them. */
declare const __SHELL__: { version: string; files: string[] };

const CACHE_PREFIX = 'antiphon-inbox-';
const CACHE = CACHE_PREFIX + __SHELL__.version;
const PAGE = '/inbox';
const ASSETS = '/assets/';
/** A network that takes longer is as good as none when the page is here. */
const PAGE_TIMEOUT_MS = 2_500;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...__SHELL__.files])));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (url.pathname.startsWith(ASSETS)) event.respondWith(asset(request));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { href } = (event.notification.data ?? {}) as { href?: string };
  if (href?.startsWith(PAGE)) event.waitUntil(open(href));
});

/** From the network unless that is away or slow. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match(PAGE);
  if (!kept) return fetch(request);
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PAGE_TIMEOUT_MS));
  return Promise.race([fetch(request).catch(() => kept), late]);
}

/** Named by its content, so what is kept is never out of date. */
async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

/** In a window of the inbox that is there, or in a new one. */
async function open(href: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window' });
  const own = windows.find((client) => new URL(client.url).pathname.startsWith(PAGE));
  if (!own) {
    await self.clients.openWindow(href);
    return;
  }
  await own.focus();
  own.postMessage({ open: href });
}
