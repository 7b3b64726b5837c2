/** Asks to whom, which label, how urgent, or until when, for the conversations that an action is meant for. */

import { useState } from 'preact/hooks';
import { completeTime } from '../format-time.ts';
import type { TriageAction } from '../inbox-api.ts';
import { change } from '../state/actions.ts';
import type { Desk, TriageOverlay } from '../state/desk.ts';
import { PRIORITIES } from '../state/list-query.ts';
import { canAnswer } from '../state/permissions.ts';
import { snoozeTimes } from '../state/snooze-times.ts';
import { useStore } from '../state/use-store.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { FlagIcon, TeamIcon, UnassignedIcon } from './icons.tsx';
import { LabelDot, PresentAvatar } from './navigation.tsx';
import { PickerList, type PickerOption } from './picker.tsx';

interface Choice {
  action: TriageAction;
  done: string;
}

export function TriageDialog({ desk, overlay }: { desk: Desk; overlay: TriageOverlay }) {
  const [picking, setPicking] = useState(true);
  const title = text.triage.actions[overlay.kind];
  const choose = ({ action, done }: Choice) => {
    desk.show(null);
    change(desk, overlay.ids, action, done);
  };
  const options = useOptions(desk, overlay);
  if (overlay.kind === 'snooze' && !picking) return <SnoozeUntil desk={desk} onChoose={choose} />;
  return (
    <Dialog title={title} size="small" bare onClose={() => desk.show(null)}>
      <PickerList
        label={title}
        options={options}
        onPick={(choice: Choice | null) => {
          if (choice) choose(choice);
          else setPicking(false);
        }}
      />
    </Dialog>
  );
}

/** Null stands for a time of one's own. */
function useOptions(desk: Desk, { kind, ids }: TriageOverlay): PickerOption<Choice | null>[] {
  const { workspace } = desk;
  const { agents, teams, labels } = useStore(workspace.directory);
  const there = useStore(workspace.presence);
  const rows = ids.flatMap((id) => workspace.list.row(id) ?? []);
  const all = (test: (row: (typeof rows)[number]) => boolean) => rows.length > 0 && rows.every(test);
  const words = text.triage;
  switch (kind) {
    case 'assign': {
      const own = agents.filter(({ id }) => id === workspace.agent.id);
      const others = agents.filter((agent) => agent.id !== workspace.agent.id && canAnswer(agent));
      return [
        ...[...own, ...others].map(({ id, name, available }) => ({
          value: { action: { agent_id: id }, done: words.assigned(name) },
          label: name,
          detail:
            id === workspace.agent.id
              ? text.lists.me
              : available === false
                ? text.routing.away
                : there.has(id)
                  ? text.presence.there
                  : undefined,
          mark: there.has(id) ? <PresentAvatar name={name} id={id} away={available === false} /> : <Avatar name={name} id={id} />,
          selected: all((row) => row.assigned_to?.id === id),
        })),
        { value: { action: { agent_id: null }, done: words.unassigned }, label: text.lists.nobody, mark: <UnassignedIcon />, selected: all((row) => !row.assigned_to) },
        ...teams.map(({ id, name }) => ({
          value: { action: { team_id: id }, done: words.assigned(name) },
          label: name,
          detail: text.lists.fields.team,
          mark: <TeamIcon />,
          selected: all((row) => row.team?.id === id),
        })),
        ...(rows.some((row) => row.team)
          ? [{ value: { action: { team_id: null }, done: words.withoutTeam }, label: text.lists.noTeam, mark: <UnassignedIcon /> }]
          : []),
      ];
    }
    case 'label':
      return labels.map(({ id, name, color }) => {
        const selected = all((row) => row.label_ids.includes(id));
        return {
          value: selected
            ? { action: { remove_label_ids: [id] }, done: words.unlabelled(name) }
            : { action: { add_label_ids: [id] }, done: words.labelled(name) },
          label: name,
          mark: <LabelDot color={color} />,
          selected,
        };
      });
    case 'priority':
      return [...[...PRIORITIES].reverse(), null].map((priority) => ({
        value: { action: { priority }, done: priority ? words.prioritized(text.lists.priorities[priority]) : words.unprioritized },
        label: priority ? text.lists.priorities[priority] : text.lists.noPriority,
        mark: <span class={`priority priority--${priority ?? 'none'}`}><FlagIcon /></span>,
        selected: all((row) => row.priority === priority),
      }));
    case 'snooze':
      return [
        ...snoozeTimes(new Date()).map(({ preset, until }) => ({
          value: { action: { snoozed_until: until.toISOString() }, done: words.snoozed },
          label: words.until[preset],
          detail: completeTime(until).replace(/:00(?=\D*$)/, ''),
        })),
        { value: null, label: words.until.own },
      ];
  }
}

function SnoozeUntil({ desk, onChoose }: { desk: Desk; onChoose(choice: Choice): void }) {
  const [time, setTime] = useState('');
  const [errors, setErrors] = useState<string[]>([]);
  const submit = (event: Event) => {
    event.preventDefault();
    const until = new Date(time);
    if (!(until.getTime() > Date.now())) return setErrors([text.triage.untilFuture]);
    onChoose({ action: { snoozed_until: until.toISOString() }, done: text.triage.snoozed });
  };
  return (
    <Dialog title={text.triage.actions.snooze} size="small" onClose={() => desk.show(null)}>
      <form class="form" noValidate onSubmit={submit}>
        <Field id="snooze-until" label={text.triage.untilLabel} type="datetime-local" value={time} errors={errors} onValue={setTime} />
        <button class="button button--primary" type="submit">
          {text.triage.actions.snooze}
        </button>
      </form>
    </Dialog>
  );
}
