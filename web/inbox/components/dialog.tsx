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
  children: ComponentChildren;
  /** The row of buttons at the end. */
  actions?: ComponentChildren;
}

export function Dialog({ title, onClose, size = 'medium', children, actions }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      class={`dialog dialog--${size}`}
      ref={element}
      aria-labelledby={titleId}
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
        <header class="dialog__head">
          <h2 class="dialog__title" id={titleId}>
            {title}
          </h2>
          <button class="icon-button" type="button" aria-label={text.close} title={text.close} onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        <div class="dialog__body">{children}</div>
        {actions && <footer class="dialog__actions">{actions}</footer>}
      </div>
    </dialog>
  );
}
