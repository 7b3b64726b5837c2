/** Until when a conversation is put aside, to the minute. */

import { useState } from 'preact/hooks';
import { fieldTime } from '../../state/snooze-times.ts';
import { text } from '../../text.ts';
import { Dialog } from '../dialog.tsx';

export interface SnoozeDialogProps {
  suggested: Date;
  onSnooze(until: Date): void;
  onClose(): void;
}

/** The server's limit. */
const MAX_DAYS = 365;

export function SnoozeDialog({ suggested, onSnooze, onClose }: SnoozeDialogProps) {
  const [value, setValue] = useState(fieldTime(suggested));
  const [now] = useState(() => new Date());
  const until = new Date(value);
  const latest = new Date(now.getFullYear(), now.getMonth(), now.getDate() + MAX_DAYS);
  const valid = until > now && until < latest;
  const snooze = () => {
    if (!valid) return;
    onClose();
    onSnooze(until);
  };
  return (
    <Dialog
      title={text.thread.snoozeUntil}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--primary" type="button" aria-disabled={!valid} onClick={snooze}>
            {text.thread.snooze}
          </button>
        </>
      }
    >
      <label class="field__label" for="snooze-until">
        {text.thread.snoozeDate}
      </label>
      <div class={valid ? 'field__frame' : 'field__frame field__frame--invalid'}>
        <input
          id="snooze-until"
          class="field__input"
          type="datetime-local"
          value={value}
          min={fieldTime(now)}
          max={fieldTime(latest)}
          aria-invalid={!valid}
          aria-describedby="snooze-hint"
          onInput={(event) => setValue(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && snooze()}
        />
      </div>
      <p class="field__hint" id="snooze-hint">
        {valid ? text.thread.snoozeHint : text.thread.snoozeInvalid}
      </p>
    </Dialog>
  );
}
