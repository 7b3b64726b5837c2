/** Keeps the tab's icon and the notifications in step with what is unread and what is looked at. */

import { useEffect } from 'preact/hooks';
import { showUnread } from './favicon.ts';
import { useStore } from './use-store.ts';
import type { Workspace } from './workspace.ts';

/** `openId`: the conversation that is on screen. */
export function useAttention(workspace: Workspace, openId: number | null): void {
  const { unreadConversations } = useStore(workspace.list);
  useEffect(() => showUnread(unreadConversations), [unreadConversations]);
  useEffect(() => {
    const look = () => {
      const looking = document.visibilityState === 'visible' && document.hasFocus();
      if (looking) workspace.tabs.lookedAt();
      workspace.notifier.watch(looking ? openId : null);
    };
    const away = () => workspace.notifier.watch(null);
    look();
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
    window.addEventListener('pagehide', away);
    document.addEventListener('visibilitychange', look);
    return () => {
      away();
      window.removeEventListener('focus', look);
      window.removeEventListener('blur', look);
      window.removeEventListener('pagehide', away);
      document.removeEventListener('visibilitychange', look);
    };
  }, [workspace, openId]);
}
