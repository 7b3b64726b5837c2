/** A password, hidden unless its owner wants to see it. */

import { useState } from 'preact/hooks';
import { text } from '../text.ts';
import { Field, type FieldProps } from './field.tsx';
import { EyeIcon, EyeOffIcon } from './icons.tsx';

export function PasswordField(props: Omit<FieldProps, 'type' | 'children'>) {
  const [shown, setShown] = useState(false);
  const label = shown ? text.form.hidePassword : text.form.showPassword;
  return (
    <Field {...props} type={shown ? 'text' : 'password'}>
      <button
        class="icon-button"
        type="button"
        aria-label={label}
        title={label}
        aria-pressed={shown}
        aria-controls={props.id}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOffIcon /> : <EyeIcon />}
      </button>
    </Field>
  );
}
