/** How many conversations everybody is given by itself who has no number of their own. */

import { Field } from '../../../components/field.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';
import { capacityErrors, capacityOf } from './capacity.ts';

export interface DefaultCapacityProps {
  /** As it is. */
  capacity: number | null;
  save(capacity: number | null): Promise<void>;
}

export function DefaultCapacity({ capacity, save }: DefaultCapacityProps) {
  const words = text.routing;
  const form = useForm({
    initial: { default_capacity: capacity === null ? '' : String(capacity) },
    check: (values) => ({ default_capacity: capacityErrors(values.default_capacity) }),
    submit: (values) => save(capacityOf(values.default_capacity)),
  });
  return (
    <form class="form" {...form.form}>
      <FormNotice message={form.general} />
      <Field {...form.bind('default_capacity')} label={words.defaultLabel} hint={words.defaultHint} autocomplete="off" inputMode="numeric" />
      <div>
        <button class="button" type="submit" aria-disabled={form.busy}>
          {form.busy ? text.saving : text.save}
        </button>
      </div>
    </form>
  );
}
