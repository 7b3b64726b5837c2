/** Where the answer is written. Enter sends; what is written is kept by `onChange` until it is sent. */

import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { text } from '../text.ts';
import { SendIcon } from './icons.tsx';

export interface ComposerProps {
  /** What was written here before. */
  initial: string;
  inputRef: RefObject<HTMLTextAreaElement | null>;
  onChange(draft: string): void;
  onSend(message: string): void;
}

/** The server's limit, counted after trimming. */
const MAX_CHARACTERS = 5_000;
/** The count appears when this few are left. */
const WARN_CHARACTERS = 500;

export function Composer({ initial, inputRef, onChange, onSend }: ComposerProps) {
  const [draft, setDraft] = useState(initial);
  const trimmed = draft.trim();
  // Code points, as the server counts; only worth counting when it can matter.
  const length = trimmed.length > MAX_CHARACTERS - WARN_CHARACTERS ? [...trimmed].length : trimmed.length;
  const left = MAX_CHARACTERS - length;
  const sendable = trimmed !== '' && left >= 0;

  const write = (value: string) => {
    setDraft(value);
    onChange(value);
  };

  const send = () => {
    if (!sendable) return;
    onSend(trimmed);
    write('');
    inputRef.current?.focus();
  };

  // The field is as high as its text, up to the limit that the style sheet sets.
  useLayoutEffect(() => {
    const field = inputRef.current;
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }, [draft]);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="visually-hidden" for="composer">
        {text.composer.label}
      </label>
      <div class="composer__frame">
        <textarea
          id="composer"
          class="composer__input"
          ref={inputRef}
          rows={1}
          // Empty, it goes with the page, as its placeholder does.
          dir={draft ? 'auto' : undefined}
          placeholder={text.composer.placeholder}
          aria-describedby="composer-hint composer-count"
          enterkeyhint="send"
          value={draft}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            // While an input method composes, Enter chooses a candidate.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button class="composer__send" type="submit" aria-disabled={!sendable} aria-label={text.composer.send} title={text.composer.send}>
          <SendIcon />
        </button>
      </div>
      <p class="composer__foot">
        <span id="composer-hint" class="composer__hint">
          {text.composer.hint}
        </span>
        <span id="composer-count" class={left < 0 ? 'composer__count composer__count--over' : 'composer__count'} role="status">
          {left < 0 && text.composer.charactersOver(-left)}
          {left >= 0 && left <= WARN_CHARACTERS && text.composer.charactersLeft(left)}
        </span>
      </p>
    </form>
  );
}
