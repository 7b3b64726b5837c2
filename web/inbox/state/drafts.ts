/**
 * What an agent has written and not sent, by conversation. It survives a reload and ends with the
 * tab; another tab does not see it.
 */

import { MemoryStorage, WebStorage, type KeyValueStorage } from '../../shared/storage.ts';

const PREFIX = 'antiphon-inbox:draft:';

function tabStorage(): KeyValueStorage {
  try {
    return new WebStorage(globalThis.sessionStorage ?? null);
  } catch {
    return new MemoryStorage();
  }
}

export class Drafts {
  constructor(
    private readonly agentId: number,
    private readonly storage: KeyValueStorage = tabStorage(),
  ) {}

  get(conversationId: number): string {
    return this.storage.get(this.key(conversationId)) ?? '';
  }

  set(conversationId: number, text: string): void {
    if (text) this.storage.set(this.key(conversationId), text);
    else this.storage.remove(this.key(conversationId));
  }

  /** All of this agent. */
  forget(): void {
    for (const key of this.storage.keys(this.prefix)) this.storage.remove(key);
  }

  private get prefix(): string {
    return `${PREFIX}${this.agentId}:`;
  }

  private key(conversationId: number): string {
    return `${this.prefix}${conversationId}`;
  }
}
