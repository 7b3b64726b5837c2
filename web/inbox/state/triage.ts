/**
 * What an agent decides about conversations: status, holder, priority, labels, sleep. Shown at once, sent in one request
 * for many, told in a toast, and taken back from there. What the server refuses is as it was before, and said.
 */

import { toApiError } from '../../shared/api.ts';
import type { ConversationStatus } from '../../shared/types.ts';
import { MAX_BULK, type BulkResult, type ConversationRow, type InboxApi, type TriageAction } from '../inbox-api.ts';
import { text } from '../text.ts';
import type { ConversationList } from './conversation-list.ts';
import type { Directory } from './directory.ts';
import type { Toasts } from './toasts.ts';

export interface TriageOptions {
  api: Pick<InboxApi, 'bulk'>;
  list: Pick<ConversationList, 'row' | 'assume' | 'apply'>;
  directory: Pick<Directory, 'state'>;
  toasts: Pick<Toasts, 'show' | 'dismiss'>;
  /** A closed or sleeping conversation is open again. */
  onReopened(id: number): void;
}

export class Triage {
  constructor(private readonly options: TriageOptions) {}

  /** `done` says what it is; it can be taken back. Rejects never: what fails is told. */
  async change(ids: readonly number[], action: TriageAction, done: string): Promise<void> {
    const { list, toasts } = this.options;
    // How to take it back, by what that is: conversations that were alike go back in one request.
    const backward = new Map<string, { action: TriageAction; ids: number[] }>();
    for (const id of ids) {
      const row = list.row(id);
      if (!row) continue;
      const inverse = inverseOf(row, action);
      if (Object.keys(inverse).length === 0) continue;
      const key = JSON.stringify(inverse);
      const group = backward.get(key) ?? { action: inverse, ids: [] };
      group.ids.push(id);
      backward.set(key, group);
    }
    const sent = this.send(ids, action);
    // Said at once, as it is shown at once: what takes it back waits until it is done.
    const undo = () =>
      void sent.then((failed) => {
        for (const group of backward.values()) void this.send(group.ids.filter((id) => !failed.has(id)), group.action);
      });
    const toast = toasts.show(done, backward.size > 0 ? { undo } : {});
    if ((await sent).size === ids.length) toasts.dismiss(toast);
  }

  /** Answers the conversations for which it failed; their toast is shown. */
  private async send(ids: readonly number[], action: TriageAction): Promise<Set<number>> {
    const { api, list, toasts, onReopened } = this.options;
    if (ids.length === 0) return new Set();
    const shown = new Map<number, () => void>();
    for (const id of ids) {
      const row = list.row(id);
      if (row) shown.set(id, list.assume(id, this.outcome(row, action)));
    }
    const failed = new Set<number>();
    let reason: string | null = null;
    for (let from = 0; from < ids.length; from += MAX_BULK) {
      const part = ids.slice(from, from + MAX_BULK);
      try {
        for (const result of await api.bulk(part, action)) {
          const error = this.settle(result, action, onReopened);
          if (error === null) continue;
          failed.add(result.id);
          reason = error;
        }
      } catch (thrown) {
        const error = toApiError(thrown);
        for (const id of part) failed.add(id);
        reason = error.offline ? text.unreachable : error.status === 403 ? text.forbidden : text.conversation.actionFailed;
      } finally {
        for (const id of part) shown.get(id)?.();
      }
    }
    if (reason !== null) toasts.show(failed.size > 1 ? text.triage.someFailed(failed.size, reason) : reason, { tone: 'error' });
    return failed;
  }

  /** Null when it was done. */
  private settle(result: BulkResult, action: TriageAction, onReopened: (id: number) => void): string | null {
    if (!result.conversation) return result.error?.message ?? text.conversation.actionFailed;
    this.options.list.apply(result.conversation);
    if (action.status === 'active' || action.status === 'pending') onReopened(result.id);
    return null;
  }

  /** The row as it will be, as far as that can be known. */
  private outcome(row: ConversationRow, action: TriageAction): Partial<ConversationRow> {
    const { agents, teams } = this.options.directory.state;
    const change: Partial<ConversationRow> = {};
    if (action.status !== undefined) Object.assign(change, { status: action.status, snoozed_until: null });
    if (action.snoozed_until !== undefined) Object.assign(change, { status: 'snoozed', snoozed_until: action.snoozed_until });
    if (action.priority !== undefined) change.priority = action.priority;
    if (action.agent_id !== undefined) change.assigned_to = holder(agents, action.agent_id);
    if (action.team_id !== undefined) change.team = holder(teams, action.team_id);
    if (action.add_label_ids || action.remove_label_ids) change.label_ids = relabelled(row, action);
    return change;
  }
}

function holder(known: readonly { id: number; name: string }[], id: number | null): { id: number; name: string } | null {
  const found = known.find((candidate) => candidate.id === id);
  return found ? { id: found.id, name: found.name } : null;
}

function relabelled({ label_ids: before }: ConversationRow, { add_label_ids: add = [], remove_label_ids: gone = [] }: TriageAction): number[] {
  return [...new Set([...before, ...add])].filter((id) => !gone.includes(id)).sort((a, b) => a - b);
}

/** What puts the row back where it is now. */
function inverseOf(row: ConversationRow, action: TriageAction): TriageAction {
  const inverse: TriageAction = {};
  if (action.status !== undefined || action.snoozed_until !== undefined) {
    if (row.status === 'snoozed' && row.snoozed_until !== null) inverse.snoozed_until = row.snoozed_until;
    else inverse.status = row.status as ConversationStatus;
  }
  if (action.priority !== undefined) inverse.priority = row.priority;
  if (action.agent_id !== undefined) inverse.agent_id = row.assigned_to?.id ?? null;
  if (action.team_id !== undefined) inverse.team_id = row.team?.id ?? null;
  const added = (action.add_label_ids ?? []).filter((id) => !row.label_ids.includes(id));
  const removed = (action.remove_label_ids ?? []).filter((id) => row.label_ids.includes(id));
  if (added.length > 0) inverse.remove_label_ids = added;
  if (removed.length > 0) inverse.add_label_ids = removed;
  return inverse;
}
