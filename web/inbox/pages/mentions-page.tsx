/** The notes in which colleagues mentioned the agent. Looking at them is having seen them. */

import { useEffect } from 'preact/hooks';
import { Avatar } from '../components/avatar.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { MenuIcon } from '../components/icons.tsx';
import { Link } from '../components/link.tsx';
import { Navigation } from '../components/navigation.tsx';
import { shortTime } from '../format-time.ts';
import type { Mention } from '../inbox-api.ts';
import { visitorName, withoutMarks } from '../names.ts';
import { inboxRoute } from '../routes.ts';
import type { Desk } from '../state/desk.ts';
import { listQuery } from '../state/list-query.ts';
import { useNow } from '../state/use-now.ts';
import { useStore } from '../state/use-store.ts';
import { useVisible } from '../state/use-visible.ts';
import { text } from '../text.ts';

export function MentionsPage({ desk }: { desk: Desk }) {
  const { mentions: box } = desk.workspace;
  const state = useStore(box);
  const visible = useVisible();
  useEffect(() => {
    document.title = `${text.mentions.title} · ${text.product}`;
  }, []);
  useEffect(() => {
    if (visible) void box.markRead();
  }, [visible, state.unreadCount]);
  return (
    <main class="desk desk--search">
      <div class="desk__navigation">
        <Navigation desk={desk} current={null} />
      </div>
      <section class="search" aria-label={text.mentions.title}>
        <header class="list-header">
          <button class="icon-button list-header__menu" type="button" aria-label={text.lists.navigation} onClick={() => desk.show({ kind: 'navigation' })}>
            <MenuIcon />
          </button>
          <h1 class="list-header__title">{text.mentions.title}</h1>
          <span class="list-header__tools">
            <Link class="button button--quiet" router={desk.router} to={inboxRoute(null, listQuery({ mentioned: 'me', status: 'all' }))}>
              {text.mentions.conversations}
            </Link>
          </span>
        </header>
        <div class="search__results">
          {state.error && (
            <div class="list-note">
              <FormNotice message={text.mentions.failed} />
              <button class="button" type="button" onClick={() => void box.refresh()}>
                {text.retry}
              </button>
            </div>
          )}
          {state.loaded && state.mentions.length === 0 && <EmptyState title={text.mentions.none} hint={text.mentions.noneHint} />}
          {state.mentions.length > 0 && (
            <section>
              <ul>
                {state.mentions.map((mention) => (
                  <Mentioned key={mention.id} desk={desk} mention={mention} />
                ))}
              </ul>
              {state.hasMore && (
                <button class="button" type="button" aria-disabled={state.loading} onClick={() => void box.more()}>
                  {text.searchPage.more}
                </button>
              )}
            </section>
          )}
        </div>
      </section>
    </main>
  );
}

function Mentioned({ desk, mention }: { desk: Desk; mention: Mention }) {
  const now = useNow();
  const { note, conversation_id: id } = mention;
  const at = new Date(note.created_at);
  return (
    <li>
      <Link class="found" router={desk.router} to={inboxRoute(id)}>
        <Avatar name={note.agent.name} id={note.agent.id} />
        <span class="found__body">
          <span class="found__line">
            <bdi class="found__name">{note.agent.name}</bdi>
            <bdi class="found__facts">{text.mentions.about(visitorName(mention.visitor_name, id))}</bdi>
            <time class="found__time" dateTime={at.toISOString()}>
              {shortTime(at, now)}
            </time>
          </span>
          <bdi class="found__snippet">{withoutMarks(note.body)}</bdi>
        </span>
      </Link>
    </li>
  );
}
