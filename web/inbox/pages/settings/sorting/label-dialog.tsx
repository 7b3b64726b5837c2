/** Makes or changes a label: its name, and one of some colors or any other. */

import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { LabelChip } from '../../../components/label-chip.tsx';
import type { Label, SortingApi } from '../../../sorting-api.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';

export interface LabelDialogProps {
  sorting: SortingApi;
  /** Null: a new one. */
  label: Label | null;
  onSaved(): void;
  onClose(): void;
}

/** Apart from each other also for those who see few colors, in order of their names in `words.colors`. */
const COLORS = {
  red: '#d73a4a',
  orange: '#d97706',
  green: '#15803d',
  teal: '#0e7490',
  blue: '#1f6feb',
  purple: '#7c3aed',
  pink: '#be185d',
  gray: '#57606a',
} as const;
type ColorName = keyof typeof COLORS;

export function LabelDialog({ sorting, label, onSaved, onClose }: LabelDialogProps) {
  const words = text.sorting.labels;
  const form = useForm({
    initial: { name: label?.name ?? '', color: label?.color ?? COLORS.blue },
    check: ({ name }) => ({ name: name.trim() ? undefined : [text.sorting.nameRequired] }),
    submit: async ({ name, color }) => {
      await sorting.saveLabel(label?.id ?? null, { name, color });
      onSaved();
      onClose();
    },
  });
  return (
    <FormDialog title={label ? words.editTitle : words.create} size="small" onClose={onClose} form={form}>
      <Field {...form.bind('name')} label={words.name} autocomplete="off" />
      <fieldset class="swatches">
        <legend class="field__label">{words.color}</legend>
        <div class="swatches__row">
          {(Object.keys(COLORS) as ColorName[]).map((name) => (
            <label class="swatches__choice" key={name} title={words.colors[name]}>
              <input
                class="visually-hidden"
                type="radio"
                name="color"
                checked={form.values.color === COLORS[name]}
                onChange={() => form.set({ color: COLORS[name] })}
              />
              <span class="swatches__color" style={{ background: COLORS[name] }} aria-hidden="true" />
              <span class="visually-hidden">{words.colors[name]}</span>
            </label>
          ))}
          <label class="swatches__other">
            <span class="visually-hidden">{words.otherColor}</span>
            <input
              type="color"
              title={words.otherColor}
              value={form.values.color}
              onInput={(event) => form.set({ color: event.currentTarget.value })}
            />
          </label>
        </div>
      </fieldset>
      <p class="swatches__example">
        <LabelChip name={form.values.name.trim() || words.example} color={form.values.color} />
      </p>
    </FormDialog>
  );
}
