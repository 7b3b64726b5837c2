/** Asks before something that cannot be taken back. The safe answer has the focus. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { text } from '../text.ts';
import { Dialog } from './dialog.tsx';
import { FormNotice } from './form-notice.tsx';
import { problemOf } from '../state/form.ts';
import { toApiError } from '../../shared/api.ts';

export interface ConfirmDialogProps {
  title: string;
  /** What will happen, and what is lost. */
  explanation: string;
  /** The verb on the button: `Delete label`. */
  confirm: string;
  dangerous?: boolean;
  /** The dialog stays, and tells why, when it rejects. */
  onConfirm(): Promise<void> | void;
  onClose(): void;
}

export function ConfirmDialog({ title, explanation, confirm, dangerous, onConfirm, onClose }: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  const act = async () => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(problemOf(toApiError(thrown), []).general);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" ref={safe} onClick={onClose}>
            {text.cancel}
          </button>
          <button
            class={dangerous ? 'button button--danger' : 'button button--primary'}
            type="button"
            aria-disabled={busy}
            onClick={() => void act()}
          >
            {confirm}
          </button>
        </>
      }
    >
      <p>{explanation}</p>
      <FormNotice message={error} />
    </Dialog>
  );
}
