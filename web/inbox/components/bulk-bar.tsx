/** What can be done with all ticked conversations; in place of the list's head while some are. */

import { ACTIONS, type ActionName } from '../state/actions.ts';
import type { ConversationListState } from '../state/conversation-list.ts';
import type { Desk } from '../state/desk.ts';
import { useStore } from '../state/use-store.ts';
import { text } from '../text.ts';
import { CheckIcon, CloseIcon, FlagIcon, LabelIcon, MoonIcon, PersonIcon } from './icons.tsx';

const ICONS = { close: CheckIcon, assign: PersonIcon, label: LabelIcon, priority: FlagIcon, snooze: MoonIcon };
const SHOWN = ['close', 'assign', 'label', 'priority', 'snooze'] as const satisfies readonly ActionName[];

export function BulkBar({ desk, list }: { desk: Desk; list: ConversationListState }) {
  const { cursor } = desk.workspace;
  const { ticked } = useStore(cursor);
  return (
    <div class="bulk-bar" role="toolbar" aria-label={text.lists.bulk}>
      <button class="icon-button" type="button" aria-label={text.lists.clearTicks} title={text.lists.clearTicks} onClick={() => cursor.clear()}>
        <CloseIcon />
      </button>
      <p class="bulk-bar__count" role="status">
        {text.lists.ticked(ticked.size)}
      </p>
      {ticked.size < list.rows.length && (
        <button class="text-button" type="button" onClick={() => cursor.tick(list.rows.map(({ id }) => id))}>
          {text.lists.tickAll}
        </button>
      )}
      <span class="bulk-bar__tools">
        {SHOWN.map((name) => {
          const Icon = ICONS[name];
          const label = text.triage.actions[name];
          return (
            <button key={name} class="icon-button" type="button" aria-label={label} title={label} onClick={() => ACTIONS[name](desk)}>
              <Icon />
            </button>
          );
        })}
      </span>
    </div>
  );
}
