/** How many conversations one agent is given by itself. */

import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import type { PeopleApi, TeamAgent } from '../../../people-api.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';
import { capacityErrors, capacityOf } from './capacity.ts';

export interface CapacityDialogProps {
  people: PeopleApi;
  agent: TeamAgent;
  onSaved(): void;
  onClose(): void;
}

export function CapacityDialog({ people, agent, onSaved, onClose }: CapacityDialogProps) {
  const words = text.routing;
  const form = useForm({
    initial: { capacity: agent.capacity === null ? '' : String(agent.capacity) },
    check: ({ capacity }) => ({ capacity: capacityErrors(capacity) }),
    submit: async ({ capacity }) => {
      await people.updateAgent(agent.id, { capacity: capacityOf(capacity) });
      onSaved();
      onClose();
    },
  });
  return (
    <Dialog
      title={words.capacityTitle(agent.name)}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--primary" type="button" aria-disabled={form.busy} onClick={form.send}>
            {form.busy ? text.saving : text.save}
          </button>
        </>
      }
    >
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        <Field {...form.bind('capacity')} label={words.capacityLabel} hint={words.capacityHint} autocomplete="off" inputMode="numeric" />
        <button class="visually-hidden" type="submit" tabIndex={-1}>
          {text.save}
        </button>
      </form>
    </Dialog>
  );
}
