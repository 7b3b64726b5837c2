/** Makes or changes a team: its name, and who is in it. */

import { useState } from 'preact/hooks';
import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import type { Agent } from '../../../inbox-api.ts';
import type { SortingApi, Team } from '../../../sorting-api.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';

export interface TeamDialogProps {
  sorting: SortingApi;
  /** Null: a new one. */
  team: Team | null;
  agents: readonly Agent[];
  onSaved(): void;
  onClose(): void;
}

export function TeamDialog({ sorting, team, agents, onSaved, onClose }: TeamDialogProps) {
  const words = text.sorting.teams;
  const [members, setMembers] = useState<ReadonlySet<number>>(new Set(team?.agent_ids));
  const form = useForm({
    initial: { name: team?.name ?? '' },
    check: ({ name }) => ({ name: name.trim() ? undefined : [text.sorting.nameRequired] }),
    submit: async ({ name }) => {
      await sorting.saveTeam(team?.id ?? null, { name, agent_ids: [...members] });
      onSaved();
      onClose();
    },
  });
  const toggle = (id: number) => {
    const next = new Set(members);
    if (!next.delete(id)) next.add(id);
    setMembers(next);
  };
  return (
    <FormDialog title={team ? words.editTitle : words.create} onClose={onClose} form={form}>
      <Field {...form.bind('name')} label={words.name} autocomplete="off" />
      <fieldset class="team-members">
        <legend class="field__label">{words.agents}</legend>
        <div class="team-members__list">
          {agents.map(({ id, name, email }) => (
            <label class="team-members__choice" key={id}>
              <input type="checkbox" checked={members.has(id)} onChange={() => toggle(id)} />
              <bdi class="sorting-name">{name}</bdi>
              <bdi class="sorting-detail">{email}</bdi>
            </label>
          ))}
        </div>
      </fieldset>
    </FormDialog>
  );
}
