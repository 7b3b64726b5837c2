/**
 * Everything that can be done by a key or from the palette, in the order of the sheet that lists it. One command, one
 * name: `commands.titles`.
 */

import { inboxRoute } from '../routes.ts';
import type { Texts } from '../texts/en.ts';
import type { Desk } from './desk.ts';
import type { Permission } from './permissions.ts';
import type { Shortcut } from './shortcuts.ts';
import { isAvailable, setAvailable } from './availability.ts';
import { ACTIONS, type ActionName } from './actions.ts';
import { QUERIES, STANDARD_LISTS, type StandardList } from './lists.ts';

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
  { name: 'note', group: 'conversation', keys: ['n'], permission: 'answer', possible: reading, run: (desk) => compose(desk, 'note') },
  ...triage('close', 'e'),
  ...triage('reopen', 'shift+e'),
  ...triage('assign', 'a'),
  ...triage('assignToMe', 'i'),
  ...triage('unassign', 'shift+i'),
  ...triage('label', 'l'),
  ...triage('priority', 'p'),
  ...triage('snooze', 's'),
  { name: 'undo', group: 'conversation', keys: ['z'], run: (desk) => desk.workspace.toasts.undoLast() },

  { name: 'search', group: 'go', keys: ['/'], run: (desk) => desk.router.go({ page: 'search', words: '' }) },
  { name: 'mentions', group: 'go', keys: ['g n'], run: (desk) => desk.router.go({ page: 'mentions' }) },
  ...STANDARD_LISTS.map((list) => goTo(list)),
  { name: 'reports', group: 'go', keys: ['g r'], run: (desk) => desk.router.go({ page: 'reports', query: '' }) },
  { name: 'goSettings', group: 'go', keys: ['g s'], run: (desk) => desk.router.go({ page: 'settings', name: null }) },

  { name: 'palette', group: 'help', keys: ['mod+k'], run: (desk) => desk.show({ kind: 'palette' }) },
  { name: 'shortcuts', group: 'help', keys: ['?'], run: (desk) => desk.show({ kind: 'shortcuts' }) },
  { name: 'beAway', group: 'help', keys: [], permission: 'answer', possible: available, run: (desk) => void setAvailable(desk.workspace, false) },
  {
    name: 'beAvailable',
    group: 'help',
    keys: [],
    permission: 'answer',
    possible: (desk) => !available(desk),
    run: (desk) => void setAvailable(desk.workspace, true),
  },
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

function available(desk: Desk): boolean {
  return isAvailable(desk.workspace);
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

function triage(name: ActionName, keys: string): Command[] {
  return [{ name, group: 'conversation', keys: [keys], permission: 'answer', possible: hasTargets, run: (desk) => ACTIONS[name](desk) }];
}

function goTo(list: StandardList): Command {
  const letter = { mine: 'm', unassigned: 'u', all: 'a', snoozed: 'z', closed: 'c' }[list];
  return { name: list, group: 'go', keys: [`g ${letter}`], run: (desk) => desk.router.go(inboxRoute(null, QUERIES[list])) };
}

function turnTheme({ workspace: { preferences } }: Desk): void {
  const dark = document.documentElement.dataset['theme'] === 'dark';
  preferences.set({ theme: dark ? 'light' : 'dark' });
}
