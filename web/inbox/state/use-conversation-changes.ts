/** What an agent does with a conversation as a whole: shown at once, told when it is done, and taken back from there. */

import { useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import type { ConversationRow } from '../inbox-api.ts';
import { text } from '../text.ts';
import type { Workspace } from './workspace.ts';

/** The fields of a row that an agent can change. */
export type RowChange = Partial<Pick<ConversationRow, 'status' | 'assigned_to' | 'team' | 'priority' | 'label_ids' | 'snoozed_until'>>;

export interface Change {
  /** What is shown until the server has answered. */
  shown: RowChange;
  request(): Promise<void>;
  /** The sentence that tells of it; null: what can be seen says enough. */
  done: string | null;
  undo?: (() => Promise<void>) | undefined;
}

export interface ConversationChanges {
  /** What is on its way. */
  pending: RowChange;
  change(change: Change): void;
}

export function useConversationChanges({ toasts }: Workspace): ConversationChanges {
  const [pending, setPending] = useState<RowChange>({});
  const failed = (thrown: unknown) => {
    const { offline, status, message } = toApiError(thrown);
    toasts.show(offline ? text.unreachable : status === 409 || status === 422 ? message : text.conversation.actionFailed, { tone: 'error' });
  };
  const run = async ({ shown, request, done, undo }: Change) => {
    setPending((before) => ({ ...before, ...shown }));
    try {
      await request();
      if (done !== null) toasts.show(done, undo ? { undo: () => void undo().catch(failed) } : {});
    } catch (thrown) {
      failed(thrown);
    } finally {
      setPending((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in shown))));
    }
  };
  return { pending, change: (change) => void run(change) };
}
