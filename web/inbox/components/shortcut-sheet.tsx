/** All keys, by what they are for. */

import { Fragment } from 'preact';
import { COMMANDS } from '../state/commands.ts';
import type { Desk } from '../state/desk.ts';
import { text } from '../text.ts';
import { Dialog } from './dialog.tsx';
import { FormNotice } from './form-notice.tsx';
import { KeyCaps } from './key-caps.tsx';

export function ShortcutSheet({ desk }: { desk: Desk }) {
  const shown = COMMANDS.filter(({ keys, permission }) => keys.length > 0 && (!permission || desk.may(permission)));
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <Dialog title={text.commands.shortcuts} size="large" onClose={() => desk.show(null)}>
      {!desk.workspace.preferences.state.shortcuts && <FormNotice message={text.commands.shortcutsOff} tone="info" />}
      {/* Long on a phone, and scrolled by the keyboard, too. */}
      <div class="shortcut-sheet" tabIndex={0} role="group" aria-label={text.commands.shortcuts}>
        {groups.map((group) => (
          <section key={group}>
            <h3 class="shortcut-sheet__title">{text.commands.groups[group]}</h3>
            <dl class="shortcut-sheet__list">
              {shown
                .filter((command) => command.group === group)
                .map(({ name, keys }) => (
                  <Fragment key={name}>
                    <dt>{text.commands.titles[name]}</dt>
                    <dd>
                      <KeyCaps keys={keys[0] ?? ''} />
                    </dd>
                  </Fragment>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
