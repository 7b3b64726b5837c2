/** Above the list: what it is, how news arrive, its filters and its order. */

import { useRef, useState } from 'preact/hooks';
import { inboxRoute } from '../routes.ts';
import type { ConversationListState } from '../state/conversation-list.ts';
import type { Desk } from '../state/desk.ts';
import { filterCount, listQuery, SORTS, type ListQuery } from '../state/list-query.ts';
import { listTitle } from '../state/lists.ts';
import { useStore } from '../state/use-store.ts';
import { text } from '../text.ts';
import { ConnectionBadge } from './connection-badge.tsx';
import { FilterPanel } from './filter-panel.tsx';
import { FilterIcon, MenuIcon, SortIcon } from './icons.tsx';
import { Menu } from './menu.tsx';
import { Popover } from './popover.tsx';

export interface ListHeaderProps {
  desk: Desk;
  list: ConversationListState;
  selectedId: number | null;
}

export function ListHeader({ desk, list, selectedId }: ListHeaderProps) {
  const { query } = list;
  const directory = useStore(desk.workspace.directory);
  const [filtering, setFiltering] = useState(false);
  const filterButton = useRef<HTMLButtonElement>(null);
  const go = (change: Partial<ListQuery>) => desk.router.go(inboxRoute(selectedId, { ...query, ...change }), 'replace');
  // A page has one main heading: of two panes, that of the conversation.
  const Heading = selectedId === null ? 'h1' : 'h2';
  const filters = filterCount(query);
  return (
    <header class="list-header">
      <button
        class="icon-button list-header__menu"
        type="button"
        aria-label={text.lists.navigation}
        onClick={() => desk.show({ kind: 'navigation' })}
      >
        <MenuIcon />
      </button>
      <Heading class="list-header__title line">
        <bdi>{listTitle(query, directory)}</bdi>
      </Heading>
      <ConnectionBadge status={list.connection} />
      <span class="list-header__tools">
        <button
          class={filters > 0 ? 'icon-button icon-button--on' : 'icon-button'}
          type="button"
          ref={filterButton}
          aria-label={filters > 0 ? text.lists.filtersSet(filters) : text.lists.filter}
          title={text.lists.filter}
          aria-expanded={filtering}
          onClick={() => setFiltering(!filtering)}
        >
          <FilterIcon />
        </button>
        <Menu
          label={text.lists.sort}
          items={SORTS.map((sort) => ({ label: text.lists.sorts[sort], checked: sort === query.sort, onSelect: () => go({ sort }) }))}
        >
          <SortIcon />
        </Menu>
      </span>
      {filtering && (
        <Popover anchor={filterButton} label={text.lists.filter} align="end" class="filter-popover" onClose={() => setFiltering(false)}>
          <FilterPanel
            desk={desk}
            query={query}
            onChange={go}
            onReset={() => {
              setFiltering(false);
              desk.router.go(inboxRoute(selectedId, listQuery({})), 'replace');
            }}
            onDone={() => setFiltering(false)}
          />
        </Popover>
      )}
    </header>
  );
}
