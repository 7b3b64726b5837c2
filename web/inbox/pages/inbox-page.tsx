/** The inbox: lists, one list, and one conversation: side by side on a desk, one after the other on a phone. */

import { useCallback, useLayoutEffect, useRef } from 'preact/hooks';
import { Announcer } from '../components/announcer.tsx';
import { ConversationListPane } from '../components/conversation-list-pane.tsx';
import { ConversationPane } from '../components/conversation-pane.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Navigation } from '../components/navigation.tsx';
import { inboxRoute, type InboxRoute } from '../routes.ts';
import type { Desk } from '../state/desk.ts';
import { queryKey } from '../state/list-query.ts';
import { usePageTitle } from '../state/page-title.ts';
import { useRow } from '../state/use-row.ts';
import { useStore } from '../state/use-store.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';

export function InboxPage({ desk, route }: { desk: Desk; route: InboxRoute }) {
  const { workspace, router } = desk;
  const { conversationId, query } = route;
  const list = useStore(workspace.list);
  const row = useRow(workspace, list, conversationId);
  const shownBefore = useRef<number | null>(null);

  useLayoutEffect(() => {
    workspace.list.show(query);
    workspace.cursor.clear();
  }, [queryKey(query)]);

  useLayoutEffect(() => {
    workspace.conversations.show(conversationId);
    // Coming back to the list, the next arrow key goes on from where the agent was.
    if (conversationId === null && shownBefore.current !== null) workspace.cursor.focus(shownBefore.current);
    shownBefore.current = conversationId;
    return () => workspace.conversations.show(null);
  }, [conversationId]);

  const back = useCallback(() => router.go(inboxRoute(null, query)), [router, queryKey(query)]);

  return (
    <main class={conversationId === null ? 'desk' : 'desk desk--reading'}>
      <div class="desk__navigation">
        <Navigation desk={desk} current={query} />
      </div>
      <ConversationListPane desk={desk} list={list} selectedId={conversationId} />
      <div class="desk__main">
        {conversationId === null ? (
          <NoneSelected workspace={workspace} />
        ) : (
          <ConversationPane
            key={conversationId}
            workspace={workspace}
            conversationId={conversationId}
            router={router}
            row={row}
            onBack={back}
          />
        )}
      </div>
      <Announcer list={workspace.list} selectedId={conversationId} />
    </main>
  );
}

function NoneSelected({ workspace }: { workspace: Workspace }) {
  usePageTitle(workspace, null);
  return <EmptyState title={text.inbox.noneSelected} hint={text.inbox.noneSelectedHint} />;
}
