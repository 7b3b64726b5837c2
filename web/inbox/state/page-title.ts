/** The title of the browser's tab, which is what an agent sees of the inbox while working elsewhere. */

import { useEffect } from 'preact/hooks';
import { language, text } from '../text.ts';
import type { Workspace } from './workspace.ts';

/** So long a number has to stay, in the title and on the icon: a message in the conversation that is looked at is unread for a moment only, and is to be drawn first. */
export const SETTLE_MS = 300;

export function pageTitle(unreadConversations: number, subject: string | null): string {
  const count = unreadConversations > 0 ? `(${text.row.unreadShort(unreadConversations)}) ` : '';
  const place = subject === null ? text.inbox.title : `${subject} · ${text.inbox.title}`;
  return `${count}${place} · ${text.product}`;
}

/** `subject`: what is on screen; null for nothing in particular. */
export function usePageTitle({ list }: Workspace, subject: string | null): void {
  useEffect(() => {
    let settling: ReturnType<typeof setTimeout> | undefined;
    let shown: string | undefined;
    const show = () => {
      shown = pageTitle(list.state.unreadConversations, subject);
      document.title = shown;
    };
    show();
    const off = list.subscribe(() => {
      clearTimeout(settling);
      if (pageTitle(list.state.unreadConversations, subject) !== shown) settling = setTimeout(show, SETTLE_MS);
    });
    return () => {
      clearTimeout(settling);
      off();
    };
  }, [list, subject, language.state]);
}
