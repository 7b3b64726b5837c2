/** One conversation in the list. */

import type { ConversationRow } from '../inbox-api.ts';
import { completeTime, shortTime } from '../format-time.ts';
import { preview, visitorName } from '../names.ts';
import type { Router } from '../router.ts';
import type { InboxRoute } from '../routes.ts';
import { latestOf } from '../state/conversation-rows.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { Link } from './link.tsx';
import { StatusChip } from './status-chip.tsx';

export interface ConversationListRowProps {
  row: ConversationRow;
  to: InboxRoute;
  router: Router;
  selected: boolean;
  /** Whether the Tab key stops here; one row of the list has it. */
  tabStop: boolean;
  agent: { id: number; name: string };
  now: Date;
}

export function ConversationListRow({ row, to, router, selected, tabStop, agent, now }: ConversationListRowProps) {
  const name = visitorName(row.visitor_name, row.id);
  const at = new Date(latestOf(row));
  const unread = row.unread_count > 0;
  return (
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
            <bdi class="row__widget">{row.widget_name}</bdi>
          </span>
        </span>
      </Link>
  );
}

function assignee(row: ConversationRow, ownId: number): string {
  if (!row.assigned_to) return text.row.unassigned;
  return row.assigned_to.id === ownId ? text.row.assignedToMe : row.assigned_to.name;
}
