/** A labelled input with its hint and its errors, tied together for those who cannot see them. */

import type { ComponentChildren, Ref } from 'preact';

export interface FieldProps {
  id: string;
  label: string;
  value: string;
  onValue(value: string): void;
  type?: 'text' | 'email' | 'password';
  /** What a password manager may fill in. */
  autocomplete?: string;
  hint?: string;
  errors?: string[];
  inputRef?: Ref<HTMLInputElement>;
  /** Beside the input, inside its frame. */
  children?: ComponentChildren;
}

export function Field(props: FieldProps) {
  const { id, label, value, onValue, type = 'text', autocomplete, hint, errors = [], inputRef, children } = props;
  const invalid = errors.length > 0;
  const described = invalid ? `${id}-errors` : hint && `${id}-hint`;
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {label}
      </label>
      <div class={invalid ? 'field__frame field__frame--invalid' : 'field__frame'}>
        <input
          id={id}
          // The library tells inputs apart by one literal type each; these three take the same attributes.
          type={type as 'text'}
          autocomplete={autocomplete}
          autocapitalize={autocomplete === 'name' ? 'words' : 'off'}
          spellcheck={false}
          ref={inputRef}
          class="field__input"
          value={value}
          aria-invalid={invalid}
          aria-describedby={described}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
        {children}
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
