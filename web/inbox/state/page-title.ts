/** The title of the browser's tab, which is what an agent sees of the inbox while working elsewhere. */

import { useEffect } from 'preact/hooks';
import { text } from '../text.ts';

export function pageTitle(unreadConversations: number, subject: string | null): string {
  const count = unreadConversations > 0 ? `(${text.row.unreadShort(unreadConversations)}) ` : '';
  const place = subject === null ? text.inbox.title : `${subject} · ${text.inbox.title}`;
  return `${count}${place} · ${text.product}`;
}

export function usePageTitle(unreadConversations: number, subject: string | null): void {
  useEffect(() => {
    document.title = pageTitle(unreadConversations, subject);
  }, [unreadConversations, subject]);
}
