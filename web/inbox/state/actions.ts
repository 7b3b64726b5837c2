/** What is done with conversations from the list, by key or from the palette: what it acts on is the desk's `targets`. */

import { visitorName } from '../names.ts';
import { text } from '../text.ts';
import type { TriageAction } from '../inbox-api.ts';
import type { Desk } from './desk.ts';

export type ActionName = 'close' | 'reopen' | 'assign' | 'assignToMe' | 'unassign' | 'label' | 'priority' | 'snooze';

export const ACTIONS: Record<ActionName, (desk: Desk) => void> = {
  close: (desk) => change(desk, desk.targets, { status: 'closed' }, text.triage.closed),
  reopen: (desk) => change(desk, desk.targets, { status: 'active' }, text.triage.reopened),
  assignToMe: (desk) => change(desk, desk.targets, { agent_id: desk.workspace.agent.id }, text.triage.assigned(desk.workspace.agent.name)),
  unassign: (desk) => change(desk, desk.targets, { agent_id: null }, text.triage.unassigned),
  // The others ask what; the answer is `change`, too.
  assign: (desk) => ask(desk, 'assign'),
  label: (desk) => ask(desk, 'label'),
  priority: (desk) => ask(desk, 'priority'),
  snooze: (desk) => ask(desk, 'snooze'),
};

function ask(desk: Desk, kind: 'assign' | 'label' | 'priority' | 'snooze'): void {
  const ids = desk.targets;
  if (ids.length > 0) desk.show({ kind, ids });
}

/** `done` is what has been done; with which conversation, or how many, is added. */
export function change(desk: Desk, ids: readonly number[], action: TriageAction, done: string): void {
  const { list, triage, cursor } = desk.workspace;
  if (ids.length === 0) return;
  moveOn(desk, ids);
  const only = ids.length === 1 ? ids[0] : undefined;
  const what = only === undefined ? text.lists.conversations(ids.length) : visitorName(list.row(only)?.visitor_name, only);
  cursor.clear();
  void triage.change(ids, action, text.triage.done(done, what));
}

/** The keyboard goes to the row that takes the place of one that may leave the list. */
function moveOn({ workspace: { list, cursor }, inList }: Desk, ids: readonly number[]): void {
  const { at } = cursor.state;
  const { rows } = list.state;
  if (!inList || at === null || !ids.includes(at)) return;
  const index = list.indexOf(at);
  const stays = (row: { id: number }) => !ids.includes(row.id);
  const next = rows.slice(index + 1).find(stays) ?? rows.slice(0, Math.max(0, index)).reverse().find(stays);
  list.afterLeaving(at, () => next && cursor.focus(next.id));
}
