/** One of a few choices, by the browser's own list. */

import { FieldFrame, type FieldWords } from './field-frame.tsx';

export interface SelectFieldProps<Value extends string> extends FieldWords {
  value: Value;
  options: readonly { value: Value; label: string }[];
  onValue(value: Value): void;
}

export function SelectField<Value extends string>({ value, options, onValue, ...words }: SelectFieldProps<Value>) {
  return (
    <FieldFrame {...words}>
      {(attributes) => (
        <select
          {...attributes}
          class="field__input field__input--select"
          value={value}
          onChange={(event) => onValue(event.currentTarget.value as Value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  );
}
