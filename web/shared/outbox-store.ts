/**
 * Where unsent messages are kept. IndexedDB takes files as well as text and survives a crash of the
 * page; the key-value store takes text only and answers at once.
 */

import type { OutboxFailure, OutboxItem } from './outbox.ts';
import type { KeyValueStorage } from './storage.ts';

/** Neither method throws or rejects: what cannot be stored lives as long as the page does. */
export interface OutboxStore {
  /** What earlier pages left, oldest first; a value, or a promise of one. */
  load(): OutboxItem[] | Promise<OutboxItem[]>;
  save(item: OutboxItem): void;
  remove(clientId: string): void;
}

/** Each item has its own key, so tabs do not overwrite each other. Items with files are kept in memory only. */
export class KeyValueOutboxStore implements OutboxStore {
  private readonly withFiles = new Map<string, OutboxItem>();

  constructor(
    private readonly storage: KeyValueStorage,
    private readonly prefix: string,
  ) {}

  load(): OutboxItem[] {
    const items: OutboxItem[] = [];
    for (const key of this.storage.keys(`${this.prefix}:`)) {
      const item = parseItem(this.storage.get(key));
      if (item) items.push(item);
      else this.storage.remove(key);
    }
    return inOrder([...items, ...this.withFiles.values()]);
  }

  save(item: OutboxItem): void {
    if (item.upload) this.withFiles.set(item.clientId, item);
    else this.storage.set(this.key(item.clientId), JSON.stringify(item));
  }

  remove(clientId: string): void {
    this.withFiles.delete(clientId);
    this.storage.remove(this.key(clientId));
  }

  private key(clientId: string): string {
    return `${this.prefix}:${clientId}`;
  }
}

const DATABASE = 'chatbot';
const STORE = 'outbox';
/** Some private modes leave the request to open a database unanswered for ever. */
const OPEN_TIMEOUT_MS = 2_000;

/** Falls back to another store where IndexedDB is missing or refused. */
export class IndexedDbOutboxStore implements OutboxStore {
  private readonly database: Promise<IDBDatabase | null>;

  /** `scope` separates the outboxes of several widgets on one site. */
  constructor(
    private readonly scope: string,
    private readonly fallback: OutboxStore,
    factory: IDBFactory | null = ownFactory(),
  ) {
    this.database = openDatabase(factory);
  }

  async load(): Promise<OutboxItem[]> {
    const kept = await this.fallback.load();
    const database = await this.database;
    if (!database) return kept;
    const stored = await new Promise<unknown[]>((resolve) => {
      try {
        const request = database.transaction(STORE).objectStore(STORE).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve([]);
      } catch {
        resolve([]);
      }
    });
    const own = stored.filter((row) => (row as { scope?: unknown }).scope === this.scope);
    const items = own.map(readItem).filter((item): item is OutboxItem => item !== null);
    return inOrder([...items, ...kept.filter((item) => !items.some(({ clientId }) => clientId === item.clientId))]);
  }

  save(item: OutboxItem): void {
    void this.write((store) => store.put({ ...item, scope: this.scope })).then((written) => {
      if (!written) this.fallback.save(item);
    });
  }

  remove(clientId: string): void {
    this.fallback.remove(clientId);
    void this.write((store) => store.delete(clientId));
  }

  private async write(change: (store: IDBObjectStore) => void): Promise<boolean> {
    const database = await this.database;
    if (!database) return false;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(STORE, 'readwrite');
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = transaction.onerror = () => resolve(false);
        change(transaction.objectStore(STORE));
        // Not at the end of the turn: a page that is closed in this instant keeps what was written.
        transaction.commit?.();
      } catch {
        resolve(false);
      }
    });
  }
}

/** Even naming it throws where third-party storage is blocked. */
function ownFactory(): IDBFactory | null {
  try {
    return globalThis.indexedDB ?? null;
  } catch {
    return null;
  }
}

function openDatabase(factory: IDBFactory | null): Promise<IDBDatabase | null> {
  if (!factory) return Promise.resolve(null);
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), OPEN_TIMEOUT_MS);
    try {
      const request = factory.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'clientId' });
      request.onsuccess = () => {
        // A tab with a newer version of the script, or the visitor clearing the site's data, is not held up.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

function inOrder(items: OutboxItem[]): OutboxItem[] {
  return items.sort((a, b) => a.order - b.order);
}

function parseItem(text: string | null): OutboxItem | null {
  try {
    return readItem(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}

/** What a page that was closed in mid-send left behind is queued again. */
function readItem(value: unknown): OutboxItem | null {
  const item = value as Partial<OutboxItem> | null;
  if (typeof item?.clientId !== 'string' || typeof item.text !== 'string') return null;
  if (typeof item.createdAt !== 'number' || typeof item.order !== 'number') return null;
  const { clientId, text, createdAt, order, upload = null, replyTo = null } = item;
  const conversationId = typeof item.conversationId === 'number' ? item.conversationId : null;
  const failure: OutboxFailure | null = item.state === 'failed' ? (item.failure ?? null) : null;
  const state = failure ? 'failed' : 'queued';
  return { clientId, conversationId, text, upload, replyTo, createdAt, order, state, attempts: 0, failure, progress: null };
}
