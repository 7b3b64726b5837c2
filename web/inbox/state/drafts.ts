/**
 * What an agent has written and not sent, by conversation and by what it is. It survives a reload and ends with the
 * tab; another tab does not see it.
 */

import { MemoryStorage, WebStorage, type KeyValueStorage } from '../../shared/storage.ts';

/** An answer goes to the visitor, a note to the team. */
export type ComposerMode = 'reply' | 'note';

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

  get(conversationId: number, mode: ComposerMode = 'reply'): string {
    return this.storage.get(this.key(conversationId, mode)) ?? '';
  }

  set(conversationId: number, text: string, mode: ComposerMode = 'reply'): void {
    if (text) this.storage.set(this.key(conversationId, mode), text);
    else this.storage.remove(this.key(conversationId, mode));
  }

  /** All of this agent. */
  forget(): void {
    for (const key of this.storage.keys(this.prefix)) this.storage.remove(key);
  }

  private get prefix(): string {
    return `${PREFIX}${this.agentId}:`;
  }

  private key(conversationId: number, mode: ComposerMode): string {
    return `${this.prefix}${conversationId}${mode === 'note' ? ':note' : ''}`;
  }
}
