/** The pane with the list: what is shown of it, the rows, and who is logged in. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import type { ConversationListState } from '../state/conversation-list.ts';
import type { Workspace } from '../state/workspace.ts';
import { useNow } from '../state/use-now.ts';
import { useStore } from '../state/use-store.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { ConversationListRow } from './conversation-list-row.tsx';
import { EmptyState } from './empty-state.tsx';
import { FilterTabs } from './filter-tabs.tsx';
import { FormNotice } from './form-notice.tsx';
import { LogOutIcon, SettingsIcon } from './icons.tsx';
import { Link } from './link.tsx';
import { VirtualList, type VirtualListHandle } from './virtual-list.tsx';

export interface ConversationListPaneProps {
  workspace: Workspace;
  list: ConversationListState;
  selectedId: number | null;
  router: Router;
  onLogOut(): Promise<void>;
}

export function ConversationListPane({ workspace, list, selectedId, router, onLogOut }: ConversationListPaneProps) {
  const { agent } = workspace;
  // A page has one main heading: of two panes, that of the conversation.
  const Heading = selectedId === null ? 'h1' : 'h2';
  return (
    <section class="desk__list" aria-label={text.inbox.list}>
      <header class="list-header">
        <Heading class="list-header__title">{text.inbox.title}</Heading>
        <ConnectionBadge status={list.connection} />
        <FilterTabs current={list.filter} selectedId={selectedId} router={router} />
      </header>
      <Rows workspace={workspace} list={list} selectedId={selectedId} router={router} />
      <footer class="list-footer">
        <Avatar name={agent.name} id={agent.id} />
        <bdi class="list-footer__name" title={text.inbox.loggedInAs(agent.name)}>
          {agent.name}
        </bdi>
        <Link class="icon-button" router={router} to={{ page: 'settings', name: null }} aria-label={text.settings.title}>
          <SettingsIcon />
        </Link>
        <LogOutButton onLogOut={onLogOut} />
      </footer>
    </section>
  );
}

function LogOutButton({ onLogOut }: { onLogOut(): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const logOut = async () => {
    if (busy) return;
    setBusy(true);
    setFailed(false);
    try {
      await onLogOut();
    } catch {
      setFailed(true);
      setBusy(false);
    }
  };
  return (
    <>
      {failed && (
        <span class="list-footer__failed" role="alert">
          {text.conversation.actionFailed}
        </span>
      )}
      <button class="button button--quiet" type="button" aria-disabled={busy} onClick={() => void logOut()}>
        <LogOutIcon />
        {text.inbox.logOut}
      </button>
    </>
  );
}

type RowsProps = Omit<ConversationListPaneProps, 'onLogOut'>;

/** As in `list.css`. */
const ROW_HEIGHT_PX = 84;

function Rows({ workspace, list, selectedId, router }: RowsProps) {
  const now = useNow();
  const { at } = useStore(workspace.cursor);
  const handle = useRef<VirtualListHandle>(null);
  const element = useRef<HTMLDivElement>(null);
  const { rows, filter } = list;

  // Once the row is in the page, which scrolling to it makes happen with the next drawing.
  const [wanted, setWanted] = useState<number | null>(null);
  useEffect(() => workspace.cursor.onFocus((id) => setWanted(id)), [workspace]);
  useLayoutEffect(() => {
    if (wanted === null) return;
    const index = rows.findIndex(({ id }) => id === wanted);
    if (index !== -1) handle.current?.scrollToIndex(index);
    const link = element.current?.querySelector<HTMLElement>(`[data-conversation="${wanted}"]`);
    if (index !== -1 && !link) return;
    link?.focus({ preventScroll: true });
    setWanted(null);
  });

  const move = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const current = rows.findIndex(({ id }) => id === conversationOf(event.target));
    const target = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const row = rows[Math.max(0, Math.min(rows.length - 1, target))];
    if (row) workspace.cursor.focus(row.id);
  };

  const tabStop = [at, selectedId, rows[0]?.id].find((id) => rows.some((row) => row.id === id));
  return (
    <div class="list-frame" ref={element} data-list onFocusIn={(event) => workspace.cursor.note(conversationOf(event.target) ?? at)}>
      <VirtualList
        // Another list begins at its top.
        key={filter}
        class="list-scroll"
        label={text.inbox.list}
        count={rows.length}
        rowHeight={ROW_HEIGHT_PX}
        more={list.hasOlder && !list.error}
        busy={list.loadingPage}
        itemKey={(index) => rows[index]?.id ?? index}
        handle={handle}
        onKeyDown={move}
        onNearEnd={() => workspace.list.loadOlder()}
        after={<Rest workspace={workspace} list={list} />}
      >
        {(index) => {
          const row = rows[index];
          return (
            row && (
              <ConversationListRow
                row={row}
                to={inboxRoute(row.id, filter)}
                router={router}
                selected={row.id === selectedId}
                tabStop={row.id === tabStop}
                agent={workspace.agent}
                now={now}
              />
            )
          );
        }}
      </VirtualList>
    </div>
  );
}

/** What stands after the rows, or in place of them. */
function Rest({ workspace, list }: Pick<RowsProps, 'workspace' | 'list'>) {
  const { rows, filter } = list;
  return (
    <>
      {list.error && (
        <div class="list-note">
          <FormNotice message={text.inbox.loadFailed} />
          <button class="button" type="button" onClick={() => workspace.list.retryPage()}>
            {text.retry}
          </button>
        </div>
      )}
      {!list.loaded && !list.error && rows.length === 0 && <p class="loading">{text.loading}</p>}
      {list.loaded && rows.length === 0 && !list.hasOlder && <EmptyState {...text.inbox.empty[filter]} />}
      {list.hasOlder && !list.error && <p class="loading">{text.inbox.loadingOlder}</p>}
    </>
  );
}

function conversationOf(target: EventTarget | null): number | null {
  const link = target instanceof Element ? target.closest<HTMLElement>('[data-conversation]') : null;
  return link ? Number(link.dataset['conversation']) : null;
}
