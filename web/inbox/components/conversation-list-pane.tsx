/** The pane with the list: what it is, its rows, and what can be done with those that are ticked. */

import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ConversationRow } from '../inbox-api.ts';
import { inboxRoute } from '../routes.ts';
import type { ConversationListState } from '../state/conversation-list.ts';
import type { Desk } from '../state/desk.ts';
import { filterCount, queryKey, type ListQuery } from '../state/list-query.ts';
import { QUERIES, sameList } from '../state/lists.ts';
import { useNow } from '../state/use-now.ts';
import { useStore } from '../state/use-store.ts';
import { language, text } from '../text.ts';
import { BulkBar } from './bulk-bar.tsx';
import { ConversationListRow } from './conversation-list-row.tsx';
import { EmptyState } from './empty-state.tsx';
import { FormNotice } from './form-notice.tsx';
import { ListHeader } from './list-header.tsx';
import { VirtualList, type VirtualListHandle } from './virtual-list.tsx';

export interface ConversationListPaneProps {
  desk: Desk;
  list: ConversationListState;
  selectedId: number | null;
}

export function ConversationListPane({ desk, list, selectedId }: ConversationListPaneProps) {
  const { ticked } = useStore(desk.workspace.cursor);
  return (
    <section class="desk__list" aria-label={text.inbox.list}>
      {ticked.size > 0 ? <BulkBar desk={desk} list={list} /> : <ListHeader desk={desk} list={list} selectedId={selectedId} />}
      <Rows desk={desk} list={list} selectedId={selectedId} />
    </section>
  );
}

/** As in `list.css`. */
const ROW_HEIGHT_PX = 84;

function Rows({ desk, list, selectedId }: ConversationListPaneProps) {
  const { workspace, router } = desk;
  const now = useNow();
  const { at, ticked } = useStore(workspace.cursor);
  const { labels } = useStore(workspace.directory);
  const handle = useRef<VirtualListHandle>(null);
  const element = useRef<HTMLDivElement>(null);
  const { rows, query } = list;

  // A row that is the same is not drawn again; whatever all rows depend on begins anew.
  const drawn = useRef(new Drawn());
  drawn.current.keepFor([queryKey(query), labels, now, ticked.size > 0, language.state]);
  const tick = (id: number) => (range: boolean) => {
    if (range) workspace.cursor.extend(id, workspace.list.state.rows.map((row) => row.id));
    else workspace.cursor.toggle(id);
  };

  // Once the row is in the page, which scrolling to it makes happen with the next drawing.
  const [wanted, setWanted] = useState<number | null>(null);
  useEffect(() => workspace.cursor.onFocus((id) => setWanted(id)), [workspace]);
  const bring = () => {
    if (wanted === null) return;
    const index = workspace.list.indexOf(wanted);
    if (index !== -1) handle.current?.scrollToIndex(index);
    const link = element.current?.querySelector<HTMLElement>(`[data-conversation="${wanted}"]`);
    if (index !== -1 && !link) return;
    link?.focus({ preventScroll: true });
    setWanted(null);
  };
  useLayoutEffect(bring);

  const move = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const current = workspace.list.indexOf(conversationOf(event.target) ?? 0);
    const target = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const row = rows[Math.max(0, Math.min(rows.length - 1, target))];
    if (row) workspace.cursor.focus(row.id);
  };

  const tabStop = [at, selectedId].find((id) => id !== null && workspace.list.indexOf(id) !== -1) ?? rows[0]?.id;
  return (
    <div class="list-frame" ref={element} data-list onFocusIn={(event) => workspace.cursor.note(conversationOf(event.target) ?? at)}>
      <VirtualList
        // Another list begins at its top.
        key={queryKey(query)}
        class="list-scroll"
        label={text.inbox.list}
        count={rows.length}
        rowHeight={ROW_HEIGHT_PX}
        more={list.hasMore && !list.error}
        busy={list.loadingPage}
        itemKey={(index) => rows[index]?.id ?? index}
        handle={handle}
        onDrawn={bring}
        onKeyDown={move}
        onNearEnd={() => workspace.list.loadMore()}
        after={<Rest desk={desk} list={list} />}
      >
        {(index) => {
          const row = rows[index];
          return row && drawn.current.of(row, `${row.id === selectedId} ${row.id === tabStop} ${ticked.has(row.id)}`, () => (
            <ConversationListRow
              row={row}
              to={inboxRoute(row.id, query)}
              router={router}
              selected={row.id === selectedId}
              tabStop={row.id === tabStop}
              agent={workspace.agent}
              labels={labels}
              now={now}
              ticked={ticked.has(row.id)}
              ticking={ticked.size > 0}
              onTick={desk.may('answer') ? tick(row.id) : null}
            />
          ));
        }}
      </VirtualList>
    </div>
  );
}

/** Rows as they were drawn last, by what they show. */
class Drawn {
  private rows = new WeakMap<ConversationRow, { state: string; node: VNode }>();
  private base: readonly unknown[] = [];

  keepFor(base: readonly unknown[]): void {
    if (base.every((value, index) => value === this.base[index])) return;
    this.base = base;
    this.rows = new WeakMap();
  }

  of(row: ConversationRow, state: string, draw: () => VNode): VNode {
    const known = this.rows.get(row);
    if (known?.state === state) return known.node;
    const node = draw();
    this.rows.set(row, { state, node });
    return node;
  }
}

/** What stands after the rows, or in place of them. */
function Rest({ desk, list }: Pick<ConversationListPaneProps, 'desk' | 'list'>) {
  const { rows, query } = list;
  return (
    <>
      {list.error && (
        <div class="list-note">
          <FormNotice message={text.inbox.loadFailed} />
          <button class="button" type="button" onClick={() => desk.workspace.list.retryPage()}>
            {text.retry}
          </button>
        </div>
      )}
      {!list.loaded && !list.error && rows.length === 0 && <p class="loading">{text.loading}</p>}
      {list.loaded && rows.length === 0 && !list.hasMore && <EmptyState {...emptyWords(query)} />}
      {list.hasMore && !list.error && rows.length > 0 && <p class="loading">{text.inbox.loadingOlder}</p>}
    </>
  );
}

function emptyWords(query: ListQuery): { title: string; hint: string } {
  if (sameList(query, QUERIES.mine) || sameList(query, QUERIES.unassigned)) return text.inbox.empty.open;
  const { status } = query;
  const known = filterCount(query) === 0 && (status === 'open' || status === 'closed' || status === 'all');
  return known ? text.inbox.empty[status] : text.lists.emptyFiltered;
}

function conversationOf(target: EventTarget | null): number | null {
  const link = target instanceof Element ? target.closest<HTMLElement>('[data-conversation]') : null;
  return link ? Number(link.dataset['conversation']) : null;
}
