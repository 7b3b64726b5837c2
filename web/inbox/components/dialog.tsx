/**
 * A dialog over the page: the browser's own, so that the rest is out of reach, Escape closes it and the focus returns to
 * where it was. What is in it begins anew each time it opens.
 */

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { text } from '../text.ts';
import { CloseIcon } from './icons.tsx';

export interface DialogProps {
  title: string;
  /** Also for Escape and a click beside it. */
  onClose(): void;
  size?: 'small' | 'medium' | 'large';
  /** Without a head: what is in it says by itself what it is. */
  bare?: boolean;
  children: ComponentChildren;
  /** The row of buttons at the end. */
  actions?: ComponentChildren;
}

export function Dialog({ title, onClose, size = 'medium', bare, children, actions }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    // The browser would take the first part that scrolls.
    dialog?.querySelector<HTMLElement>('.dialog__body :is(input, select, textarea, button), .dialog__actions button')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      class={`dialog dialog--${size} ${bare ? 'dialog--bare' : ''}`}
      ref={element}
      aria-labelledby={bare ? undefined : titleId}
      aria-label={bare ? title : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) onClose();
      }}
      // The page's own keys mean nothing in here.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div class="dialog__frame">
        {!bare && (
          <header class="dialog__head">
            <h2 class="dialog__title" id={titleId}>
              {title}
            </h2>
            <button class="icon-button" type="button" aria-label={text.close} title={text.close} onClick={onClose}>
              <CloseIcon />
            </button>
          </header>
        )}
        <div class="dialog__body">{children}</div>
        {actions && <footer class="dialog__actions">{actions}</footer>}
      </div>
    </dialog>
  );
}
