/** Code to be pasted elsewhere, whole and in sight, with a button that copies it. */

import { useEffect, useId, useState } from 'preact/hooks';
import { text } from '../../../text.ts';

const SHOWN_MS = 2_000;

export interface CodeFieldProps {
  id: string;
  label: string;
  value: string;
}

export function CodeField({ id, label, value }: CodeFieldProps) {
  const [copied, setCopied] = useState(false);
  const labelId = useId();
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Without the right to the clipboard it is at least marked, so that the keyboard can copy it.
      const code = document.getElementById(id);
      if (code) getSelection()?.selectAllChildren(code);
    }
  };
  return (
    <div class="code-field" role="group" aria-labelledby={labelId}>
      <div class="code-field__head">
        <span class="field__label" id={labelId}>
          {label}
        </span>
        <button class="button" type="button" onClick={() => void copy()}>
          {copied ? text.people.copied : text.people.copy}
        </button>
      </div>
      <pre class="code-field__code" dir="ltr" tabIndex={0} aria-labelledby={labelId}>
        <code id={id}>{value}</code>
      </pre>
      <span class="visually-hidden" role="status">
        {copied ? text.people.copied : ''}
      </span>
    </div>
  );
}
