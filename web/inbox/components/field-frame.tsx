/** The label, hint and errors around any input, tied to it for those who cannot see them. */

import type { ComponentChildren } from 'preact';

export interface FieldWords {
  id: string;
  label: string;
  hint?: string;
  errors?: string[];
}

/** What the input itself gets. */
export interface FieldAttributes {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

export interface FieldFrameProps extends FieldWords {
  children(attributes: FieldAttributes): ComponentChildren;
}

export function FieldFrame({ id, label, hint, errors = [], children }: FieldFrameProps) {
  const invalid = errors.length > 0;
  const describedBy = invalid ? `${id}-errors` : hint && `${id}-hint`;
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {label}
      </label>
      <div class={invalid ? 'field__frame field__frame--invalid' : 'field__frame'}>
        {children({ id, 'aria-invalid': invalid, 'aria-describedby': describedBy })}
      </div>
      {hint && !invalid && (
        <p class="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {invalid && (
        <ul class="field__errors" id={`${id}-errors`}>
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
