/** One field for everything: what can be done, the conversations at hand, the settings. */

import { visitorName } from '../names.ts';
import { SETTINGS_PAGES } from '../pages/settings/registry.ts';
import { possibleCommands, type Command } from '../state/commands.ts';
import type { Desk } from '../state/desk.ts';
import { text } from '../text.ts';
import { Dialog } from './dialog.tsx';
import { KeyCaps } from './key-caps.tsx';
import { PickerList, type PickerOption } from './picker.tsx';

/** More rows than anybody looks through; the search has the rest. */
const MOST_CONVERSATIONS = 200;

type Choice = () => void;

export function CommandPalette({ desk }: { desk: Desk }) {
  return (
    <Dialog title={text.commands.paletteTitle} size="medium" bare onClose={() => desk.show(null)}>
      <PickerList
        label={text.commands.palette}
        options={optionsOf(desk)}
        onPick={(choice: Choice) => {
          desk.show(null);
          // The dialog gives the focus back before the command takes it elsewhere.
          queueMicrotask(choice);
        }}
      />
    </Dialog>
  );
}

function optionsOf(desk: Desk): PickerOption<Choice>[] {
  const { list } = desk.workspace;
  const commands = possibleCommands(desk)
    .filter(({ name }) => name !== 'palette')
    .map((command) => commandOption(desk, command));
  const settings = SETTINGS_PAGES.filter(({ permission }) => desk.may(permission)).map(({ path, title }) => ({
    value: () => desk.router.go({ page: 'settings', name: path }),
    label: text.settings.titles[title],
    detail: text.commands.kinds.settings,
  }));
  const conversations = list.state.rows.slice(0, MOST_CONVERSATIONS).map((row) => ({
    value: () => desk.open(row.id),
    label: visitorName(row.visitor_name, row.id),
    detail: row.visitor_email ?? text.conversation.number(row.id),
  }));
  return [...commands, ...settings, ...conversations];
}

function commandOption(desk: Desk, { name, keys, run }: Command): PickerOption<Choice> {
  return {
    value: () => void run(desk),
    label: text.commands.titles[name],
    keys: keys[0] === undefined ? undefined : <KeyCaps keys={keys[0]} />,
  };
}
