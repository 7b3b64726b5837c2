/** Shows a secret, once. */

import { useRef, useState } from 'preact/hooks';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { text } from '../../../text.ts';

export function SecretDialog({ secret, onClose }: { secret: string; onClose(): void }) {
  const words = text.webhooks;
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      // Without the right to the clipboard it is at least marked.
      input.current?.select();
    }
  };
  return (
    <Dialog
      title={words.secretTitle}
      onClose={onClose}
      actions={
        <button class="button button--primary" type="button" onClick={onClose}>
          {words.done}
        </button>
      }
    >
      <p>{words.secretIntro}</p>
      <div class="webhook-secret">
        <Field id="webhook-secret" label={words.secret} value={secret} onValue={() => {}} inputRef={input} />
        <button class="button" type="button" onClick={() => void copy()}>
          {copied ? words.copied : words.copy}
        </button>
      </div>
      <div class="visually-hidden" role="status">
        {copied && words.copied}
      </div>
    </Dialog>
  );
}
