/** What can be done with a conversation as a whole: who looks after it, its labels and priority, until when it waits, its end. */

import { useRef, useState } from 'preact/hooks';
import { completeTime } from '../../format-time.ts';
import type { ConversationRow } from '../../inbox-api.ts';
import { hrefOf, inboxRoute } from '../../routes.ts';
import { copy } from '../../state/copy.ts';
import { canAnswer } from '../../state/permissions.ts';
import type { ShownStatus } from '../../state/shown-status.ts';
import { snoozeTimes } from '../../state/snooze-times.ts';
import type { ConversationChanges } from '../../state/use-conversation-changes.ts';
import { useStore } from '../../state/use-store.ts';
import type { Workspace } from '../../state/workspace.ts';
import type { Priority, TranscriptFormat } from '../../thread-api.ts';
import { text } from '../../text.ts';
import { Avatar } from '../avatar.tsx';
import { ClockIcon, WarningIcon } from '../icons.tsx';
import { Menu, type MenuItem } from '../menu.tsx';
import { Picker, type PickerOption } from '../picker.tsx';
import { DownloadIcon, FlagIcon, LabelIcon, LinkIcon, MoreIcon } from './icons.tsx';
import { SnoozeDialog } from './snooze-dialog.tsx';

export interface HeaderActionsProps {
  workspace: Workspace;
  conversationId: number;
  status: ShownStatus;
  row: ConversationRow | null;
  changes: ConversationChanges;
}

const PRIORITIES: readonly (Priority | null)[] = ['urgent', 'high', 'medium', 'low', null];

export function HeaderActions(props: HeaderActionsProps) {
  const { row } = props;
  return (
    <div class="conversation-header__actions">
      <Assignment {...props} />
      {row?.label_ids && <Labels {...props} row={row} />}
      {row?.label_ids && <PriorityMenu {...props} row={row} />}
      {row?.label_ids && <Snooze {...props} />}
      <More {...props} />
      <Turn {...props} />
    </div>
  );
}

type Target = { agent: number | null } | { team: number | null };

function Assignment({ workspace, conversationId, status, row, changes }: HeaderActionsProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const agents = useStore(workspace.agents);
  const teams = useStore(workspace.teams);
  const { agent: own } = workspace;
  const { assignedTo } = status;
  const team = row?.team ?? null;

  const assign = (id: number | null) => {
    const agent = id === own.id ? own : (agents.find((candidate) => candidate.id === id) ?? null);
    const before = assignedTo?.id ?? null;
    changes.change({
      shown: { assigned_to: agent && { id: agent.id, name: agent.name } },
      request: () => workspace.assign(conversationId, id),
      done: agent ? text.conversation.assignedTo(agent.id === own.id ? text.conversation.me : agent.name) : text.thread.unassignedDone,
      undo: () => workspace.assign(conversationId, before),
    });
  };
  const assignTeam = (id: number | null) => {
    const chosen = teams.find((candidate) => candidate.id === id) ?? null;
    const before = team?.id ?? null;
    changes.change({
      shown: { team: chosen && { id: chosen.id, name: chosen.name } },
      request: () => workspace.assignTeam(conversationId, id),
      done: chosen ? text.thread.assignedToTeam(chosen.name) : text.thread.noTeamDone,
      undo: () => workspace.assignTeam(conversationId, before),
    });
  };
  const others = agents.filter((agent) => agent.id !== own.id && canAnswer(agent));
  const options: PickerOption<Target>[] = [
    { value: { agent: own.id }, label: text.conversation.assignToMe, mark: <Avatar id={own.id} name={own.name} />, selected: assignedTo?.id === own.id },
    ...(assignedTo ? [{ value: { agent: null }, label: text.conversation.unassign }] : []),
    ...others.map(({ id, name, available }) => ({
      value: { agent: id },
      label: name,
      detail: available === false ? text.routing.away : undefined,
      mark: <Avatar id={id} name={name} />,
      selected: assignedTo?.id === id,
    })),
    ...teams.map(({ id, name }) => ({ value: { team: id }, label: name, detail: text.thread.team, selected: team?.id === id })),
    ...(team ? [{ value: { team: null }, label: text.thread.noTeam }] : []),
  ];
  return (
    <>
      <button
        class="button assignment"
        type="button"
        ref={button}
        data-action="assign"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => {
          workspace.agents.want();
          if (row?.team !== undefined) workspace.teams.want();
          setOpen(!open);
        }}
      >
        {assignedTo && <Avatar id={assignedTo.id} name={assignedTo.name} />}
        <span class="line">{assigneeText(assignedTo, own.id)}</span>
        {team && <bdi class="assignment__team line">{team.name}</bdi>}
      </button>
      {!assignedTo && status.status !== 'closed' && (
        <button class="button assignment__mine" type="button" onClick={() => assign(own.id)}>
          {text.conversation.assignToMe}
        </button>
      )}
      {open && (
        <Picker
          anchor={button}
          label={text.thread.assignTo}
          options={options}
          onPick={(target) => ('agent' in target ? assign(target.agent) : assignTeam(target.team))}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

function assigneeText(assignedTo: ShownStatus['assignedTo'], ownId: number): string {
  if (!assignedTo) return text.row.unassigned;
  return text.conversation.assignedTo(assignedTo.id === ownId ? text.conversation.me : assignedTo.name);
}

function Labels({ workspace, conversationId, row, changes }: HeaderActionsProps & { row: ConversationRow }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const labels = useStore(workspace.labels);
  const chosen = changes.pending.label_ids ?? row.label_ids ?? [];
  const toggle = (id: number) => {
    const next = chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].sort((a, b) => a - b);
    changes.change({ shown: { label_ids: next }, request: () => workspace.setLabels(conversationId, next), done: null });
  };
  return (
    <>
      <button
        class="icon-button"
        type="button"
        ref={button}
        data-action="label"
        aria-label={text.thread.labels}
        title={text.thread.labels}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => {
          workspace.labels.want();
          setOpen(!open);
        }}
      >
        <LabelIcon />
      </button>
      {open && (
        <Picker
          anchor={button}
          label={text.thread.labels}
          options={labels.map(({ id, name, color }) => ({ value: id, label: name, mark: <LabelDot color={color} />, selected: chosen.includes(id) }))}
          several
          align="end"
          onPick={toggle}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

export function LabelDot({ color }: { color: string }) {
  return <span class="label-dot" style={{ backgroundColor: color }} />;
}

function PriorityMenu({ workspace, conversationId, row, changes }: HeaderActionsProps & { row: ConversationRow }) {
  const current = changes.pending.priority !== undefined ? changes.pending.priority : (row.priority ?? null);
  const items = PRIORITIES.map(
    (priority): MenuItem => ({
      key: priority ?? 'none',
      label: priority ? text.thread.priorities[priority] : text.none,
      checked: priority === current,
      onSelect: () =>
        changes.change({
          shown: { priority },
          request: () => workspace.setPriority(conversationId, priority),
          done: text.thread.priorityDone(priority ? text.thread.priorities[priority] : text.none),
          undo: () => workspace.setPriority(conversationId, current),
        }),
    }),
  );
  return (
    <Menu label={text.thread.priority} class={`icon-button priority priority--${current ?? 'none'}`} items={items}>
      <FlagIcon />
    </Menu>
  );
}

function Snooze({ workspace, conversationId, status, changes }: HeaderActionsProps) {
  const [asking, setAsking] = useState(false);
  const snooze = (until: Date) =>
    changes.change({
      shown: { status: 'snoozed', snoozed_until: until.toISOString() },
      request: () => workspace.snooze(conversationId, until),
      done: text.thread.snoozed(completeTime(until)),
      undo: () => workspace.reopen(conversationId),
    });
  const times = snoozeTimes(new Date());
  const items: MenuItem[] = [
    ...times.map(({ preset, until }) => ({ label: text.thread.snoozePresets[preset], onSelect: () => snooze(until) })),
    { label: text.thread.snoozePick, separated: true, onSelect: () => setAsking(true) },
  ];
  const wake: MenuItem = {
    label: text.thread.wake,
    onSelect: () => changes.change({ shown: { status: 'active', snoozed_until: null }, request: () => workspace.reopen(conversationId), done: text.thread.awake }),
  };
  if (status.status === 'closed') return null;
  return (
    <>
      <Menu label={text.thread.snooze} items={status.status === 'snoozed' ? [wake, ...items] : items}>
        <ClockIcon />
      </Menu>
      {asking && <SnoozeDialog suggested={times[times.length - 1]?.until ?? new Date()} onSnooze={snooze} onClose={() => setAsking(false)} />}
    </>
  );
}

function More({ workspace, conversationId }: HeaderActionsProps) {
  const save = (format: TranscriptFormat) => {
    const link = document.createElement('a');
    link.href = workspace.thread.transcriptUrl(conversationId, format, true);
    link.download = '';
    link.click();
  };
  return (
    <Menu
      label={text.moreActions}
      items={[
        { label: text.thread.copyConversationLink, icon: <LinkIcon />, onSelect: () => void copy(workspace, location.origin + hrefOf(inboxRoute(conversationId))) },
        { label: text.thread.transcriptText, icon: <DownloadIcon />, separated: true, onSelect: () => save('text') },
        { label: text.thread.transcriptJson, icon: <DownloadIcon />, onSelect: () => save('json') },
      ]}
    >
      <MoreIcon />
    </Menu>
  );
}

function Turn({ workspace, conversationId, status, changes }: HeaderActionsProps) {
  const closed = status.status === 'closed';
  const turn = () =>
    changes.change({
      shown: { status: closed ? 'active' : 'closed' },
      request: () => (closed ? workspace.reopen(conversationId) : workspace.close(conversationId)),
      done: closed ? text.thread.reopenedDone : text.thread.closedDone,
      undo: () => (closed ? workspace.close(conversationId) : workspace.reopen(conversationId)),
    });
  return (
    <button class={closed ? 'button' : 'button button--primary'} type="button" onClick={turn}>
      {closed ? text.conversation.reopen : text.conversation.close}
    </button>
  );
}

/** What stands beside the name: labels and priority, for those who only look. */
export function Marks({ workspace, row, changes }: Pick<HeaderActionsProps, 'workspace' | 'changes'> & { row: ConversationRow }) {
  const labels = useStore(workspace.labels);
  const priority = changes.pending.priority !== undefined ? changes.pending.priority : (row.priority ?? null);
  const ids = changes.pending.label_ids ?? row.label_ids ?? [];
  if (ids.length > 0) workspace.labels.want();
  return (
    <>
      {priority && (
        <span class={`priority-mark priority-mark--${priority}`}>
          {priority === 'urgent' && <WarningIcon />}
          {text.thread.priorities[priority]}
        </span>
      )}
      {labels
        .filter(({ id }) => ids.includes(id))
        .map(({ id, name, color }) => (
          <span class="label" key={id}>
            <LabelDot color={color} />
            <bdi>{name}</bdi>
          </span>
        ))}
    </>
  );
}
