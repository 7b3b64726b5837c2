/** Something to hand on, such as a link that is shown once: to be read, selected and copied. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { text } from '../text.ts';

export interface CopyFieldProps {
  id: string;
  label: string;
  value: string;
}

const SHOWN_MS = 2_000;

export function CopyField({ id, label, value }: CopyFieldProps) {
  const [copied, setCopied] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // It is selected, so that the keyboard can copy it.
    }
  };
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {label}
      </label>
      <div class="copy-field">
        <div class="field__frame">
          <input
            id={id}
            class="field__input copy-field__value"
            readOnly
            dir="ltr"
            value={value}
            ref={input}
            onFocus={(event) => event.currentTarget.select()}
          />
        </div>
        <button class="button" type="button" onClick={() => void copy()}>
          {copied ? text.people.copied : text.people.copy}
        </button>
      </div>
      <span class="visually-hidden" role="status">
        {copied ? text.people.copied : ''}
      </span>
    </div>
  );
}
