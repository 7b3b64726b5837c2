/** The toasts, at the end of the page. One live region that stays, so that each new one is read. */

import { useStore } from '../state/use-store.ts';
import type { Toasts } from '../state/toasts.ts';
import { text } from '../text.ts';
import { CloseIcon } from './icons.tsx';

export function Toaster({ toasts }: { toasts: Toasts }) {
  const list = useStore(toasts);
  return (
    <div
      class="toasts"
      role="status"
      onMouseEnter={() => toasts.hold(true)}
      onMouseLeave={() => toasts.hold(false)}
      onFocusIn={() => toasts.hold(true)}
      onFocusOut={() => toasts.hold(false)}
    >
      {list.map(({ id, message, tone, action }) => (
        <p class={`toast toast--${tone}`} key={id}>
          <span class="toast__message">{message}</span>
          {action && (
            <button class="toast__undo" type="button" onClick={() => toasts.act(id)}>
              {action.label}
            </button>
          )}
          <button class="toast__close" type="button" aria-label={text.dismiss} onClick={() => toasts.dismiss(id)}>
            <CloseIcon />
          </button>
        </p>
      ))}
    </div>
  );
}
