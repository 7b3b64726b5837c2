/** Which conversations the list shows. Links, because each filter has its own address. */

import type { ConversationFilter } from '../inbox-api.ts';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import { text } from '../text.ts';
import { Link } from './link.tsx';

const FILTERS: readonly ConversationFilter[] = ['open', 'closed', 'all'];

export interface FilterTabsProps {
  current: ConversationFilter;
  selectedId: number | null;
  router: Router;
}

export function FilterTabs({ current, selectedId, router }: FilterTabsProps) {
  return (
    <nav class="filters" aria-label={text.inbox.filterLabel}>
      {FILTERS.map((filter) => (
        <Link
          key={filter}
          class="filters__item"
          router={router}
          to={inboxRoute(selectedId, filter)}
          aria-current={filter === current ? 'true' : undefined}
        >
          {text.inbox.filters[filter]}
        </Link>
      ))}
    </nav>
  );
}
