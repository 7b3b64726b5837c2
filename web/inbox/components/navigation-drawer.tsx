/** The lists over the page, where there is no room for their column. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import { text } from '../text.ts';
import { Navigation } from './navigation.tsx';

export function NavigationDrawer({ desk }: { desk: Desk }) {
  const element = useRef<HTMLDialogElement>(null);
  const close = () => desk.show(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      class="drawer"
      ref={element}
      aria-label={text.lists.navigation}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        // Beside it, or a link in it: a menu in it stays.
        const target = event.target as Element;
        if (target === element.current || target.closest('a')) close();
      }}
    >
      <Navigation desk={desk} current={desk.inboxRoute?.query ?? null} />
    </dialog>
  );
}
