/** The column with all lists and how much is in them. On smaller screens it is laid over the page. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { inboxRoute } from '../routes.ts';
import type { Desk } from '../state/desk.ts';
import { listQuery, parseQuery, type ListQuery } from '../state/list-query.ts';
import { QUERIES, sameList, STANDARD_LISTS, type StandardList } from '../state/lists.ts';
import { useStore } from '../state/use-store.ts';
import { text } from '../text.ts';
import { AgentMenu } from './agent-menu.tsx';
import { Avatar } from './avatar.tsx';
import { AllIcon, ChartIcon, ChatIcon, CheckIcon, MentionIcon, MoonIcon, PersonIcon, SearchIcon, TeamIcon, UnassignedIcon, ViewIcon } from './icons.tsx';
import { Link } from './link.tsx';
import { memo } from './memo.tsx';

export interface NavigationProps {
  desk: Desk;
  /** Null on pages that show no list. */
  current: ListQuery | null;
}

const ICONS: Record<StandardList, () => ComponentChildren> = {
  mine: PersonIcon,
  unassigned: UnassignedIcon,
  all: AllIcon,
  snoozed: MoonIcon,
  closed: CheckIcon,
};

/** Drawn anew only when it is another list: this is beside every conversation that is opened and every message that comes. */
export const Navigation = memo(
  DrawnNavigation,
  (before: NavigationProps, { desk, current }: NavigationProps) =>
    before.desk === desk && (before.current === current || (before.current !== null && current !== null && sameList(before.current, current))),
);

function DrawnNavigation({ desk, current }: NavigationProps) {
  const { workspace } = desk;
  const counts = useStore(workspace.counts);
  const { teams, labels, views } = useStore(workspace.directory);
  const countOf = (by: 'by_team' | 'by_label', id: number) => counts?.[by].find((entry) => entry.id === id)?.count ?? 0;
  const standard = {
    mine: counts?.mine,
    unassigned: counts?.unassigned,
    all: counts?.all,
    snoozed: counts?.by_status.snoozed,
    closed: undefined,
  };
  const entry = (query: ListQuery, words: string, mark: ComponentChildren, count: number | undefined, key: string) => (
    <Entry
      key={key}
      desk={desk}
      query={query}
      words={words}
      mark={mark}
      count={count}
      current={current !== null && sameList(current, query)}
    />
  );
  return (
    <div class="navigation">
      <p class="navigation__brand">
        <span class="navigation__mark">
          <ChatIcon />
        </span>
        {text.product}
      </p>
      <Link class="navigation__search" router={desk.router} to={{ page: 'search', words: '' }}>
        <SearchIcon />
        {text.searchPage.title}
      </Link>
      <nav class="navigation__lists" aria-label={text.lists.navigation}>
        <ul>
          <MentionsEntry desk={desk} />
          {STANDARD_LISTS.map((name) => {
            const Icon = ICONS[name];
            return entry(QUERIES[name], text.lists.names[name], <Icon />, standard[name], name);
          })}
          <ReportsEntry desk={desk} />
        </ul>
        {views.length > 0 && (
          <Group name="views" title={text.lists.views}>
            {views.map((view) => entry(parseQuery(view.filter), view.name, <ViewIcon />, undefined, `view-${view.id}`))}
          </Group>
        )}
        {teams.length > 0 && (
          <Group name="teams" title={text.lists.teams}>
            {teams.map(({ id, name }) => entry(listQuery({ team: id }), name, <TeamIcon />, countOf('by_team', id), `team-${id}`))}
          </Group>
        )}
        {labels.length > 0 && (
          <Group name="labels" title={text.lists.labels}>
            {labels.map(({ id, name, color }) =>
              entry(listQuery({ label: id }), name, <LabelDot color={color} />, countOf('by_label', id), `label-${id}`),
            )}
          </Group>
        )}
      </nav>
      <Colleagues desk={desk} />
      <AgentMenu desk={desk} />
    </div>
  );
}

function MentionsEntry({ desk }: { desk: Desk }) {
  const { unreadCount } = useStore(desk.workspace.mentions);
  const current = desk.route.page === 'mentions';
  return (
    <li>
      <Link class="navigation__item" router={desk.router} to={{ page: 'mentions' }} aria-current={current ? 'page' : undefined}>
        <MentionIcon />
        <span class="navigation__words">{text.mentions.title}</span>
        {unreadCount > 0 && (
          <span class="badge">
            <span aria-hidden="true">{text.row.unreadShort(unreadCount)}</span>
            <span class="visually-hidden">{text.mentions.unread(unreadCount)}</span>
          </span>
        )}
      </Link>
    </li>
  );
}

function ReportsEntry({ desk }: { desk: Desk }) {
  const current = desk.route.page === 'reports';
  return (
    <li>
      <Link class="navigation__item" router={desk.router} to={{ page: 'reports', query: '' }} aria-current={current ? 'page' : undefined}>
        <ChartIcon />
        <span class="navigation__words">{text.reports.title}</span>
      </Link>
    </li>
  );
}

/** More would not fit in one line. */
const MOST_COLLEAGUES = 6;

/** The colleagues who have an inbox open. */
function Colleagues({ desk }: { desk: Desk }) {
  const { agents } = useStore(desk.workspace.directory);
  const there = useStore(desk.workspace.presence);
  const shown = agents.filter(({ id }) => there.has(id) && id !== desk.workspace.agent.id);
  if (shown.length === 0) return null;
  const names = shown.map(({ name, available }) => (available === false ? text.routing.awayName(name) : name)).join(', ');
  return (
    <p class="colleagues" title={text.presence.online(names)}>
      <span class="visually-hidden">{text.presence.online(names)}</span>
      {shown.slice(0, MOST_COLLEAGUES).map(({ id, name, available }) => (
        <PresentAvatar key={id} name={name} id={id} away={available === false} />
      ))}
      {shown.length > MOST_COLLEAGUES && <span aria-hidden="true">{`+${shown.length - MOST_COLLEAGUES}`}</span>}
    </p>
  );
}

/** An agent's avatar with the dot of those who are there, an empty one for who is away. Decoration: it is said in words beside it. */
export function PresentAvatar({ name, id, away }: { name: string; id: number; away?: boolean }) {
  return (
    <span class={away ? 'present present--away' : 'present'}>
      <Avatar name={name} id={id} />
    </span>
  );
}

/** The color that a label was given; its name always stands beside it. */
export function LabelDot({ color }: { color: string }) {
  return <span class="label-dot" style={{ backgroundColor: color }} aria-hidden="true" />;
}

interface EntryProps {
  desk: Desk;
  query: ListQuery;
  words: string;
  mark: ComponentChildren;
  count: number | undefined;
  current: boolean;
}

function Entry({ desk, query, words, mark, count, current }: EntryProps) {
  return (
    <li>
      <Link class="navigation__item" router={desk.router} to={inboxRoute(null, query)} aria-current={current ? 'page' : undefined}>
        {mark}
        <bdi class="navigation__words">{words}</bdi>
        {count !== undefined && count > 0 && (
          <span class="navigation__count">
            <span aria-hidden="true">{text.lists.count(count)}</span>
            <span class="visually-hidden">{text.lists.conversations(count)}</span>
          </span>
        )}
      </Link>
    </li>
  );
}

/** A part of the column that can be folded; which ones are is kept as long as the page. */
const folded = new Set<string>();

function Group({ name, title, children }: { name: string; title: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(!folded.has(name));
  const toggle = () => {
    if (open) folded.add(name);
    else folded.delete(name);
    setOpen(!open);
  };
  return (
    <section class="navigation__group">
      <h2>
        <button
          class="navigation__title"
          type="button"
          aria-expanded={open}
          onClick={toggle}
        >
          {title}
        </button>
      </h2>
      {open && <ul>{children}</ul>}
    </section>
  );
}
