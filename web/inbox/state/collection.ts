/** Something that the whole team works with, such as agents or labels: fetched when it is first wanted, and kept as it is from then on. */

import { Emitter, type Off } from '../../shared/emitter.ts';
import type { SettingChanges } from './setting-changes.ts';

export interface CollectionOptions<T> {
  load(): Promise<T[]>;
  /** What the server calls it. */
  what: string;
  changes: Pick<SettingChanges, 'on'>;
}

export class Collection<T> {
  private readonly events = new Emitter<{ change: readonly T[] }>();
  private items: readonly T[] = [];
  private wanted = false;
  private loading = false;
  private again = false;
  private first: Promise<void> = Promise.resolve();

  constructor(private readonly options: CollectionOptions<T>) {
    options.changes.on([options.what], () => this.reload());
  }

  /** Empty until it is here. */
  get state(): readonly T[] {
    return this.items;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** Somebody is about to look at it. Cheap to call often. */
  want(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.first = this.load();
  }

  /** As it is once it is here; what is known when it cannot be had. */
  async ready(): Promise<readonly T[]> {
    this.want();
    await this.first;
    return this.items;
  }

  private reload(): void {
    if (this.wanted) void this.load();
  }

  private async load(): Promise<void> {
    this.again = this.loading;
    if (this.loading) return;
    this.loading = true;
    try {
      this.items = await this.options.load();
      this.events.emit('change', this.items);
    } catch {
      // The next one who looks at it asks again.
      this.wanted = false;
    } finally {
      this.loading = false;
    }
    if (this.again) void this.load();
  }
}
