/** The pane with the list: what is shown of it, the rows, and who is logged in. */

import { useRef, useState } from 'preact/hooks';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import type { ConversationListState } from '../state/conversation-list.ts';
import type { Workspace } from '../state/workspace.ts';
import { useNow } from '../state/use-now.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { ConversationListRow } from './conversation-list-row.tsx';
import { EmptyState } from './empty-state.tsx';
import { FilterTabs } from './filter-tabs.tsx';
import { FormNotice } from './form-notice.tsx';
import { LogOutIcon, SettingsIcon } from './icons.tsx';
import { Link } from './link.tsx';

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
      <div class="list-scroll">
        <Rows workspace={workspace} list={list} selectedId={selectedId} router={router} />
      </div>
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

function Rows({ workspace, list, selectedId, router }: RowsProps) {
  const now = useNow();
  const [tabStop, setTabStop] = useState<number | null>(null);
  const element = useRef<HTMLUListElement>(null);
  const { rows, filter } = list;

  const move = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = [...(element.current?.querySelectorAll<HTMLElement>('[data-conversation]') ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    links[Math.max(0, Math.min(links.length - 1, target))]?.focus();
  };

  const isStop = [tabStop, selectedId, rows[0]?.id].find((id) => rows.some((row) => row.id === id));
  return (
    <>
      {rows.length > 0 && (
        <ul
          class="rows"
          ref={element}
          onKeyDown={move}
          onFocusIn={(event) => setTabStop(conversationOf(event.target))}
        >
          {rows.map((row) => (
            <ConversationListRow
              key={row.id}
              row={row}
              to={inboxRoute(row.id, filter)}
              router={router}
              selected={row.id === selectedId}
              tabStop={row.id === isStop}
              agent={workspace.agent}
              now={now}
            />
          ))}
        </ul>
      )}
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
      {list.hasOlder && !list.error && (
        <div class="list-note">
          <button
            class="button button--wide"
            type="button"
            aria-disabled={list.loadingPage}
            onClick={() => workspace.list.loadOlder()}
          >
            {list.loadingPage ? text.inbox.loadingOlder : text.inbox.loadOlder}
          </button>
        </div>
      )}
    </>
  );
}

function conversationOf(target: EventTarget | null): number | null {
  const link = target instanceof Element ? target.closest<HTMLElement>('[data-conversation]') : null;
  return link ? Number(link.dataset['conversation']) : null;
}

/** Puts the keyboard on a conversation's row, or on the first one when the list does not show it. */
export function focusRow(conversationId: number): void {
  const row =
    document.querySelector<HTMLElement>(`[data-conversation="${conversationId}"]`) ??
    document.querySelector<HTMLElement>('[data-conversation]');
  row?.focus();
}
