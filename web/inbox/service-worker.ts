/**
 * The inbox's service worker: opens the page without the network, keeps the files that are named by their content, and
 * shows what is pushed. It never keeps or answers anything of the API; it only tells the server where the browser takes what is
 * pushed, should that change while no page is open.
 *
 * The page itself comes from the network while that answers soon, so that a new version is there at once. A new worker
 * waits until the page says that it may take over.
 */

import { PUSH_PATH } from './push-api.ts';
import { noticeOf, type NoticeData } from './pushed.ts';
import type { PushEvent, WorkerScope } from './worker-scope.ts';

declare const self: WorkerScope;
/** By the build: the files the page needs, a name that changes with any of them, and the picture beside a notification. */
declare const __SHELL__: { version: string; files: string[]; icon: string };

const CACHE_PREFIX = 'antiphon-inbox-';
const CACHE = CACHE_PREFIX + __SHELL__.version;
const PAGE = '/inbox';
const ASSETS = '/assets/';
const ICON = __SHELL__.icon;
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

self.addEventListener('push', (event) => event.waitUntil(show(event.data)));

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscribeAgain(event.newSubscription)));

/** Every push is shown, since browsers take the permission away otherwise; what a page has told already is told without a sound. */
async function show(pushed: PushEvent['data']): Promise<void> {
  let news: unknown = null;
  try {
    news = pushed?.json();
  } catch {
    // Nobody but this server can have sent it: it is told as something new.
  }
  const { title, body, tag, language, data } = noticeOf(news, navigator.languages);
  const shown = await self.registration.getNotifications({ tag });
  const seqs = shown.map((notification) => (notification.data as Partial<NoticeData> | null)?.seq ?? 0);
  // The compiler's library has no `renotify`: the later one is told like the first.
  const options: NotificationOptions & { renotify?: boolean } = {
    body,
    tag,
    data,
    lang: language,
    icon: ICON,
    badge: ICON,
    renotify: shown.length > 0 && data.seq > Math.max(...seqs),
  };
  await self.registration.showNotification(title, options);
}

/** The browser has another address for what is pushed, or needs one: what it is told of stays. */
async function subscribeAgain(subscription: PushSubscription | null): Promise<void> {
  const manager = self.registration.pushManager;
  const fresh = subscription ?? (await manager.getSubscription()) ?? (await manager.subscribe(await subscribing()));
  const { endpoint, keys } = fresh.toJSON();
  const headers = { 'Content-Type': 'application/json' };
  await fetch(PUSH_PATH, { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify({ endpoint, keys }) });
}

async function subscribing(): Promise<PushSubscriptionOptionsInit> {
  const answer = await fetch(PUSH_PATH, { credentials: 'same-origin' });
  const { public_key: applicationServerKey } = (await answer.json()) as { public_key: string };
  return { userVisibleOnly: true, applicationServerKey };
}

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
  const inboxes = windows.filter((client) => new URL(client.url).pathname.startsWith(PAGE));
  const own = inboxes.find((client) => client.visibilityState === 'visible') ?? inboxes[0];
  if (!own) {
    await self.clients.openWindow(href);
    return;
  }
  // A window that may not be brought to the front still shows it.
  await own.focus().catch(() => undefined);
  own.postMessage({ open: href });
}
