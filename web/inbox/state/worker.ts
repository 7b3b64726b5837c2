/** The service worker, seen from the page: installed after the page has what it needs, and replaced when the agent says so. */

export interface WorkerEvents {
  /** A new version waits; `takeOver` starts it and loads the page anew. */
  onUpdate(takeOver: () => void): void;
  /** A notification was clicked: the address that it leads to. */
  onOpen(href: string): void;
}

/** An open page asks for a new version this often. */
const CHECK_MS = 60 * 60_000;

export async function startWorker({ onUpdate, onOpen }: WorkerEvents): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!workers) return;
  const controlled = workers.controller !== null;
  workers.addEventListener('message', ({ data }) => {
    const href = (data as { open?: unknown } | null)?.open;
    if (typeof href === 'string') onOpen(href);
  });
  const registration = await workers.register('/inbox/service-worker.js', { scope: '/inbox' }).catch(() => null);
  if (!registration) return;

  const tell = (waiting: ServiceWorker) =>
    onUpdate(() => {
      workers.addEventListener('controllerchange', () => location.reload(), { once: true });
      waiting.postMessage('take-over');
    });
  // The first worker of a browser replaces nothing.
  if (registration.waiting && controlled) tell(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => {
      if (coming.state === 'installed' && workers.controller) tell(coming);
    });
  });
  setInterval(() => void registration.update().catch(() => undefined), CHECK_MS);
}
