/** The title of the browser's tab, which is what an agent sees of the inbox while working elsewhere. */

import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text.ts';
import { SETTLE_MS } from './favicon.ts';

export function pageTitle(unreadConversations: number, subject: string | null): string {
  const count = unreadConversations > 0 ? `(${text.row.unreadShort(unreadConversations)}) ` : '';
  const place = subject === null ? text.inbox.title : `${subject} · ${text.inbox.title}`;
  return `${count}${place} · ${text.product}`;
}

export function usePageTitle(unreadConversations: number, subject: string | null): void {
  const before = useRef<string | null | undefined>(undefined);
  useEffect(() => {
    const show = () => (document.title = pageTitle(unreadConversations, subject));
    const elsewhere = before.current !== subject;
    before.current = subject;
    if (elsewhere) {
      show();
      return;
    }
    const settled = setTimeout(show, SETTLE_MS);
    return () => clearTimeout(settled);
  }, [unreadConversations, subject]);
}
