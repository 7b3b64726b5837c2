/**
 * Everything that can be done by a key or from the palette, in the order of the sheet that lists it. One command, one
 * name: `commands.titles`.
 */

import { visitorName } from '../names.ts';
import { inboxRoute } from '../routes.ts';
import { text } from '../text.ts';
import type { Texts } from '../texts/en.ts';
import type { Desk } from './desk.ts';
import type { Permission } from './permissions.ts';
import type { Shortcut } from './shortcuts.ts';
import { toApiError } from '../../shared/api.ts';

export interface Command {
  name: keyof Texts['commands']['titles'];
  group: keyof Texts['commands']['groups'];
  /** As in `shortcuts.ts`; the first is shown. */
  keys: readonly string[];
  permission?: Permission;
  /** Left out where there is always something to do. */
  possible?(desk: Desk): boolean;
  /** False: there was nothing to do, and the key is not taken. */
  run(desk: Desk): boolean | void;
}

const hasTargets = (desk: Desk) => desk.targets.length > 0;
const reading = (desk: Desk) => desk.inboxRoute?.conversationId != null;

export const COMMANDS: readonly Command[] = [
  { name: 'next', group: 'list', keys: ['j'], possible: inInbox, run: (desk) => desk.step(1) },
  { name: 'previous', group: 'list', keys: ['k'], possible: inInbox, run: (desk) => desk.step(-1) },
  { name: 'open', group: 'list', keys: ['o'], possible: hasTargets, run: openTarget },
  { name: 'tick', group: 'list', keys: ['x'], possible: hasTargets, run: tick },

  { name: 'reply', group: 'conversation', keys: ['r'], permission: 'answer', possible: reading, run: (desk) => compose(desk, 'reply') },
  { name: 'close', group: 'conversation', keys: ['e'], permission: 'answer', possible: hasTargets, run: close },
  { name: 'reopen', group: 'conversation', keys: ['shift+e'], permission: 'answer', possible: hasTargets, run: reopen },
  { name: 'assignToMe', group: 'conversation', keys: ['i'], permission: 'answer', possible: hasTargets, run: (desk) => assign(desk, true) },
  { name: 'unassign', group: 'conversation', keys: ['shift+i'], permission: 'answer', possible: hasTargets, run: (desk) => assign(desk, false) },
  { name: 'undo', group: 'conversation', keys: ['z'], run: (desk) => desk.workspace.toasts.undoLast() },

  { name: 'goOpen', group: 'go', keys: ['g o'], run: (desk) => desk.router.go(inboxRoute(null, 'open')) },
  { name: 'goClosed', group: 'go', keys: ['g c'], run: (desk) => desk.router.go(inboxRoute(null, 'closed')) },
  { name: 'goAll', group: 'go', keys: ['g a'], run: (desk) => desk.router.go(inboxRoute(null, 'all')) },
  { name: 'goSettings', group: 'go', keys: ['g s'], run: (desk) => desk.router.go({ page: 'settings', name: null }) },

  { name: 'palette', group: 'help', keys: ['mod+k'], run: (desk) => desk.show({ kind: 'palette' }) },
  { name: 'shortcuts', group: 'help', keys: ['?'], run: (desk) => desk.show({ kind: 'shortcuts' }) },
  { name: 'theme', group: 'help', keys: [], run: turnTheme },
  { name: 'logOut', group: 'help', keys: [], run: (desk) => void desk.logOut() },
];

/** The commands that this agent may use; those that mean nothing where they are, are left out. */
export function possibleCommands(desk: Desk): Command[] {
  return COMMANDS.filter(({ permission, possible }) => (!permission || desk.may(permission)) && (possible?.(desk) ?? true));
}

/** The same as keys. */
export function shortcutsOf(desk: Desk): Shortcut[] {
  return possibleCommands(desk).flatMap(({ keys, run }) => keys.map((one) => ({ keys: one, run: () => run(desk) })));
}

function inInbox(desk: Desk): boolean {
  return desk.inboxRoute !== null;
}

function openTarget(desk: Desk): boolean {
  const target = desk.workspace.cursor.state.at;
  if (target === null) return false;
  desk.open(target);
  return true;
}

function tick(desk: Desk): void {
  const target = desk.workspace.cursor.state.at ?? desk.inboxRoute?.conversationId;
  if (target != null) desk.workspace.cursor.toggle(target);
}

function compose({ workspace }: Desk, mode: 'reply' | 'note'): void {
  workspace.wishes.emit('compose', mode);
}

function close(desk: Desk): void {
  act(desk, 'closed', (id) => desk.workspace.close(id), (id) => desk.workspace.reopen(id));
}

function reopen(desk: Desk): void {
  act(desk, 'reopened', (id) => desk.workspace.reopen(id), (id) => desk.workspace.close(id));
}

function assign(desk: Desk, toMe: boolean): void {
  const { workspace } = desk;
  const before = new Map(desk.targets.map((id) => [id, workspace.list.row(id)?.assigned_to?.id ?? null]));
  const done = (name: string) => (toMe ? text.commands.assigned(name, workspace.agent.name) : text.commands.unassigned(name));
  for (const [id, previous] of before) {
    const row = workspace.list.row(id);
    workspace.assign(id, toMe ? workspace.agent.id : null).then(
      () => workspace.toasts.show(done(visitorName(row?.visitor_name, id)), { undo: () => void workspace.assign(id, previous) }),
      (thrown: unknown) => failed(desk, thrown),
    );
  }
}

function act(desk: Desk, done: 'closed' | 'reopened', run: (id: number) => Promise<void>, undo: (id: number) => Promise<void>): void {
  for (const id of desk.targets) {
    const name = visitorName(desk.workspace.list.row(id)?.visitor_name, id);
    run(id).then(
      () => desk.workspace.toasts.show(text.commands[done](name), { undo: () => void undo(id) }),
      (thrown: unknown) => failed(desk, thrown),
    );
  }
}

function failed({ workspace }: Desk, thrown: unknown): void {
  const { offline } = toApiError(thrown);
  workspace.toasts.show(offline ? text.unreachable : text.conversation.actionFailed, { tone: 'error' });
}

function turnTheme({ workspace: { preferences } }: Desk): void {
  const dark = document.documentElement.dataset['theme'] === 'dark';
  preferences.set({ theme: dark ? 'light' : 'dark' });
}
