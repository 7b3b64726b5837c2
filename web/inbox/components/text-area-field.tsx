/** Several lines of text with their label, hint and errors, as `Field` is for one. */

import { FieldFrame, type FieldWords } from './field-frame.tsx';

export interface TextAreaFieldProps extends FieldWords {
  value: string;
  onValue(value: string): void;
  rows?: number;
}

export function TextAreaField({ value, onValue, rows = 4, ...words }: TextAreaFieldProps) {
  return (
    <FieldFrame {...words}>
      {(attributes) => (
        <textarea
          {...attributes}
          class="field__input field__input--area"
          dir="auto"
          rows={rows}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </FieldFrame>
  );
}
