/** One conversation in the list. */

import type { ConversationRow, Label } from '../inbox-api.ts';
import { completeTime, shortTime } from '../format-time.ts';
import { preview, visitorName } from '../names.ts';
import type { Router } from '../router.ts';
import type { InboxRoute } from '../routes.ts';
import { latestOf } from '../state/conversation-rows.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { FlagIcon } from './icons.tsx';
import { Link } from './link.tsx';
import { LabelDot } from './navigation.tsx';
import { StatusChip } from './status-chip.tsx';

export interface ConversationListRowProps {
  row: ConversationRow;
  to: InboxRoute;
  router: Router;
  selected: boolean;
  /** Whether the Tab key stops here; one row of the list has it. */
  tabStop: boolean;
  agent: { id: number; name: string };
  labels: readonly Label[];
  now: Date;
  ticked: boolean;
  /** Some row is ticked, so that all show where they can be. */
  ticking: boolean;
  /** `range`: everything from the row that was ticked last. Null for those who may do nothing with it. */
  onTick: ((range: boolean) => void) | null;
}

/** More would leave no room for anything else. */
const MOST_LABELS = 3;

export function ConversationListRow(props: ConversationListRowProps) {
  const { row, to, router, selected, tabStop, agent, labels, now, ticked, ticking, onTick } = props;
  const name = visitorName(row.visitor_name, row.id);
  const at = new Date(latestOf(row));
  const unread = row.unread_count > 0;
  const shownLabels = labels.filter(({ id }) => row.label_ids.includes(id));
  return (
    <div class={`row-frame ${ticked ? 'row-frame--ticked' : ''} ${ticking ? 'row-frame--ticking' : ''}`}>
      <Link
        class={unread ? 'row row--unread' : 'row'}
        router={router}
        to={to}
        aria-current={selected ? 'page' : undefined}
        tabIndex={tabStop ? 0 : -1}
        data-conversation={row.id}
      >
        <Avatar name={row.visitor_name} id={row.id} />
        <span class="row__body">
          <span class="row__line">
            <span class="row__name line">
              <bdi>{name}</bdi>
            </span>
            {row.priority && (
              <span class={`priority priority--${row.priority}`} title={text.lists.priorities[row.priority]}>
                <FlagIcon />
                <span class="visually-hidden">{`${text.lists.fields.priority}: ${text.lists.priorities[row.priority]}`}</span>
              </span>
            )}
            <time class="row__time" dateTime={at.toISOString()} title={completeTime(at)}>
              {shortTime(at, now)}
            </time>
          </span>
          <span class="row__line">
            <span class="row__preview line">
              <bdi>{preview(row, agent.name)}</bdi>
            </span>
            {unread && (
              <span class="badge">
                <span aria-hidden="true">{text.row.unreadShort(row.unread_count)}</span>
                <span class="visually-hidden">{text.row.unread(row.unread_count)}</span>
              </span>
            )}
          </span>
          <span class="row__line row__meta">
            <StatusChip status={row.status} />
            <bdi class="row__assignee">{assignee(row, agent.id)}</bdi>
            {shownLabels.length > 0 ? (
              <span class="row__labels">
                {shownLabels.slice(0, MOST_LABELS).map((label) => (
                  <span class="row__label" key={label.id}>
                    <LabelDot color={label.color} />
                    <bdi>{label.name}</bdi>
                  </span>
                ))}
                {shownLabels.length > MOST_LABELS && `+${shownLabels.length - MOST_LABELS}`}
              </span>
            ) : (
              <bdi class="row__widget">{row.widget_name}</bdi>
            )}
          </span>
        </span>
      </Link>
      {onTick && (
        <input
          class="row-tick"
          type="checkbox"
          tabIndex={-1}
          checked={ticked}
          aria-label={text.lists.tick(name)}
          onClick={(event) => onTick(event.shiftKey)}
        />
      )}
    </div>
  );
}

/** Who has it: an agent, else a team. */
function assignee(row: ConversationRow, ownId: number): string {
  if (row.assigned_to) return row.assigned_to.id === ownId ? text.row.assignedToMe : row.assigned_to.name;
  return row.team?.name ?? text.row.unassigned;
}
