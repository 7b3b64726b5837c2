/** The inbox: the list and one conversation, side by side on a desk, one after the other on a phone. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import { Announcer } from '../components/announcer.tsx';
import { ConversationListPane } from '../components/conversation-list-pane.tsx';
import { ConversationPane } from '../components/conversation-pane.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import type { Router } from '../router.ts';
import { inboxRoute, type InboxRoute } from '../routes.ts';
import { useStore } from '../state/use-store.ts';
import { usePageTitle } from '../state/page-title.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';

export interface InboxPageProps {
  workspace: Workspace;
  route: InboxRoute;
  router: Router;
  onLogOut(): Promise<void>;
}

export function InboxPage({ workspace, route, router, onLogOut }: InboxPageProps) {
  const { conversationId, filter } = route;
  const list = useStore(workspace.list);
  const shownBefore = useRef<number | null>(null);

  useLayoutEffect(() => workspace.list.setFilter(filter), [filter]);

  useLayoutEffect(() => {
    workspace.conversations.show(conversationId);
    // Coming back to the list, the next arrow key goes on from where the agent was.
    if (conversationId === null && shownBefore.current !== null) workspace.cursor.focus(shownBefore.current);
    shownBefore.current = conversationId;
    return () => workspace.conversations.show(null);
  }, [conversationId]);

  const row = conversationId === null ? null : workspace.list.row(conversationId);

  return (
    <main class={conversationId === null ? 'desk' : 'desk desk--reading'}>
      <ConversationListPane
        workspace={workspace}
        list={list}
        selectedId={conversationId}
        router={router}
        onLogOut={onLogOut}
      />
      <div class="desk__main">
        {conversationId === null ? (
          <NoneSelected unreadConversations={list.unreadConversations} />
        ) : (
          <ConversationPane
            key={conversationId}
            workspace={workspace}
            conversationId={conversationId}
            router={router}
            row={row}
            unreadConversations={list.unreadConversations}
            onBack={() => router.go(inboxRoute(null, filter))}
          />
        )}
      </div>
      <Announcer list={workspace.list} selectedId={conversationId} />
    </main>
  );
}

function NoneSelected({ unreadConversations }: { unreadConversations: number }) {
  usePageTitle(unreadConversations, null);
  return <EmptyState title={text.inbox.noneSelected} hint={text.inbox.noneSelectedHint} />;
}
