/**
 * Key-value storage that never throws. Browsers refuse `localStorage` when third-party storage is
 * blocked, in some private modes and when the quota is used up; the chat then works for as long as
 * the page lives, from memory.
 */

export interface KeyValueStorage {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** The stored keys that begin with the prefix, in no particular order. */
  keys(prefix: string): string[];
}

export class MemoryStorage implements KeyValueStorage {
  private readonly entries = new Map<string, string>();

  get(key: string): string | null {
    return this.entries.get(key) ?? null;
  }

  set(key: string, value: string): void {
    this.entries.set(key, value);
  }

  remove(key: string): void {
    this.entries.delete(key);
  }

  keys(prefix: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix));
  }
}

/** Writes through to a Web Storage area and keeps in memory whatever the area refuses. */
export class WebStorage implements KeyValueStorage {
  private readonly refused = new MemoryStorage();

  constructor(private readonly area: Storage | null) {}

  get(key: string): string | null {
    return this.attempt((area) => area.getItem(key)) ?? this.refused.get(key);
  }

  set(key: string, value: string): void {
    this.refused.remove(key);
    const stored = this.attempt((area) => {
      area.setItem(key, value);
      return true;
    });
    if (!stored) this.refused.set(key, value);
  }

  remove(key: string): void {
    this.refused.remove(key);
    this.attempt((area) => area.removeItem(key));
  }

  keys(prefix: string): string[] {
    const found = new Set(this.refused.keys(prefix));
    this.attempt((area) => {
      for (let index = 0; index < area.length; index += 1) {
        const key = area.key(index);
        if (key?.startsWith(prefix)) found.add(key);
      }
    });
    return [...found];
  }

  private attempt<T>(use: (area: Storage) => T): T | null {
    if (!this.area) return null;
    try {
      return use(this.area);
    } catch {
      return null;
    }
  }
}

/** `localStorage`, or memory where even naming it throws. */
export function browserStorage(): KeyValueStorage {
  try {
    return new WebStorage(globalThis.localStorage ?? null);
  } catch {
    return new MemoryStorage();
  }
}
