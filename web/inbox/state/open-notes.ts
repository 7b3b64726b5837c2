/** The notes of the conversations that were looked at last, so that going back to one shows them at once. */

import type { Realtime, RealtimeChannel } from '../../shared/realtime.ts';
import type { ConversationRow } from '../inbox-api.ts';
import type { ThreadApi } from '../thread-api.ts';
import { ConversationNotes } from './conversation-notes.ts';
import { INBOX_CHANNEL } from './conversation-list.ts';

export interface OpenNotesOptions {
  api: ThreadApi;
  agent: { id: number; name: string };
  realtime: Pick<Realtime, 'channel'>;
}

/** As many as there are conversations at hand. */
const KEPT = 8;

export class OpenNotes {
  private readonly channel: RealtimeChannel;
  /** In the order of use: the last one was used last. */
  private readonly open = new Map<number, ConversationNotes>();

  constructor(private readonly options: OpenNotesOptions) {
    this.channel = options.realtime.channel(INBOX_CHANNEL);
  }

  get(conversationId: number): ConversationNotes {
    const notes = this.open.get(conversationId) ?? this.create(conversationId);
    this.open.delete(conversationId);
    this.open.set(conversationId, notes);
    for (const [id, spare] of this.open) {
      if (this.open.size <= KEPT) break;
      if (spare.isSaving) continue;
      spare.stop();
      this.open.delete(id);
    }
    return notes;
  }

  /** A row as it stands; without a live channel, it alone tells of a note. */
  noteRow({ id }: ConversationRow): void {
    if (!this.channel.live) void this.open.get(id)?.load();
  }

  stop(): void {
    for (const notes of this.open.values()) notes.stop();
    this.open.clear();
    this.channel.release();
  }

  private create(conversationId: number): ConversationNotes {
    const { api, agent } = this.options;
    const notes = new ConversationNotes({ api, conversationId, agent, channel: this.channel });
    notes.start();
    return notes;
  }
}
