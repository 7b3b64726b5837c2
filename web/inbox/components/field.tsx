/** A labelled input of one line. */

import type { ComponentChildren, Ref } from 'preact';
import { FieldFrame, type FieldWords } from './field-frame.tsx';

export interface FieldProps extends FieldWords {
  value: string;
  onValue(value: string): void;
  type?: 'text' | 'email' | 'password' | 'url' | 'number' | 'search' | 'date' | 'time' | 'datetime-local' | 'color';
  /** What a password manager may fill in. */
  autocomplete?: string;
  placeholder?: string;
  /** Which keys a phone shows. */
  inputMode?: 'text' | 'numeric';
  inputRef?: Ref<HTMLInputElement>;
  /** Beside the input, inside its frame. */
  children?: ComponentChildren;
}

export function Field({ value, onValue, type = 'text', autocomplete, placeholder, inputMode, inputRef, children, ...words }: FieldProps) {
  return (
    <FieldFrame {...words}>
      {(attributes) => (
        <>
          <input
            {...attributes}
            // The library tells inputs apart by one literal type each; these all take the same attributes.
            type={type as 'text'}
            autocomplete={autocomplete}
            autocapitalize={autocomplete === 'name' ? 'words' : 'off'}
            spellcheck={false}
            placeholder={placeholder}
            inputMode={inputMode}
            ref={inputRef}
            class="field__input"
            value={value}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
          {children}
        </>
      )}
    </FieldFrame>
  );
}
