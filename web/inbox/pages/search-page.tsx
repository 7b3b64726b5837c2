/** Finds messages and people. The words stand in the address, so that a search can be kept and gone back to. */

import { Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Avatar } from '../components/avatar.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { MenuIcon, SearchIcon } from '../components/icons.tsx';
import { Link } from '../components/link.tsx';
import { Navigation } from '../components/navigation.tsx';
import { StatusChip } from '../components/status-chip.tsx';
import { shortTime } from '../format-time.ts';
import { visitorName } from '../names.ts';
import { inboxRoute } from '../routes.ts';
import type { Desk } from '../state/desk.ts';
import { Search, type SearchState } from '../state/search.ts';
import { useNow } from '../state/use-now.ts';
import { useStore } from '../state/use-store.ts';
import type { FoundMessage, FoundPerson } from '../inbox-api.ts';
import { text } from '../text.ts';

/** While somebody writes, the address follows a moment later. */
const ADDRESS_MS = 400;

export function SearchPage({ desk, words }: { desk: Desk; words: string }) {
  const { workspace, router } = desk;
  const search = useRef<Search>(null);
  search.current ??= new Search(workspace.api);
  const state = useStore(search.current);
  const [written, setWritten] = useState(words);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = `${words ? `${words} · ` : ''}${text.searchPage.title} · ${text.product}`;
    setWritten((before) => (before.trim() === words ? before : words));
  }, [words]);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    search.current?.look(written);
    const timer = setTimeout(() => {
      if (written.trim() !== words) router.go({ page: 'search', words: written.trim() }, 'replace');
    }, ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [written]);

  return (
    <main class="desk desk--search">
      <div class="desk__navigation">
        <Navigation desk={desk} current={null} />
      </div>
      <section class="search" aria-label={text.searchPage.title}>
        <header class="search__head">
          <button class="icon-button list-header__menu" type="button" aria-label={text.lists.navigation} onClick={() => desk.show({ kind: 'navigation' })}>
            <MenuIcon />
          </button>
          <h1 class="visually-hidden">{text.searchPage.title}</h1>
          <div class="search__field">
            <SearchIcon />
            <input
              ref={input}
              type="search"
              value={written}
              aria-label={text.searchPage.label}
              placeholder={text.searchPage.label}
              autocomplete="off"
              spellcheck={false}
              dir="auto"
              onInput={(event) => setWritten(event.currentTarget.value)}
            />
          </div>
          <p class="visually-hidden" role="status">
            {state.loaded && text.searchPage.results(state.messages.length + state.people.length)}
          </p>
        </header>
        <div class="search__results">
          <Results desk={desk} state={state} search={search.current} />
        </div>
      </section>
    </main>
  );
}

function Results({ desk, state, search }: { desk: Desk; state: SearchState; search: Search }) {
  const { words, loaded, failed, messages, people, next } = state;
  if (failed) {
    return (
      <div class="list-note">
        <FormNotice message={failed} />
        <button class="button" type="button" onClick={() => search.retry()}>
          {text.retry}
        </button>
      </div>
    );
  }
  if (!words) return <EmptyState title={text.searchPage.label} hint={text.searchPage.hint} />;
  if (loaded && messages.length + people.length === 0) return <EmptyState title={text.searchPage.none} hint={text.searchPage.noneHint} />;
  return (
    <>
      {people.length > 0 && (
        <section>
          <h2 class="search__title">{text.searchPage.people}</h2>
          <ul>
            {people.map((person) => (
              <Person key={person.visitor_id} desk={desk} person={person} />
            ))}
          </ul>
        </section>
      )}
      {messages.length > 0 && (
        <section>
          <h2 class="search__title">{text.searchPage.messages}</h2>
          <ul>
            {messages.map((found) => (
              <Found key={found.message_id} desk={desk} found={found} />
            ))}
          </ul>
          {next !== null && (
            <button class="button" type="button" aria-disabled={state.loading} onClick={() => search.more()}>
              {text.searchPage.more}
            </button>
          )}
        </section>
      )}
    </>
  );
}

function Person({ desk, person }: { desk: Desk; person: FoundPerson }) {
  const { visitor_id: id, name, email, phone, last_conversation_id: conversationId } = person;
  const words = (
    <>
      <Avatar name={name} id={id} />
      <span class="found__body">
        <bdi class="found__name">{visitorName(name, conversationId ?? id)}</bdi>
        <span class="found__facts">{[email, phone].filter(Boolean).join(' · ')}</span>
      </span>
    </>
  );
  return (
    <li>
      {conversationId === null ? (
        <p class="found">{words}</p>
      ) : (
        <Link class="found" router={desk.router} to={inboxRoute(conversationId)}>
          {words}
        </Link>
      )}
    </li>
  );
}

function Found({ desk, found }: { desk: Desk; found: FoundMessage }) {
  const now = useNow();
  const at = new Date(found.at);
  const { conversation } = found;
  return (
    <li>
      <Link class="found" router={desk.router} to={inboxRoute(found.conversation_id, undefined, found.seq)}>
        <Avatar name={conversation.visitor_name} id={found.conversation_id} />
        <span class="found__body">
          <span class="found__line">
            <bdi class="found__name">{visitorName(conversation.visitor_name, found.conversation_id)}</bdi>
            <StatusChip status={conversation.status} />
            <time class="found__time" dateTime={at.toISOString()}>
              {shortTime(at, now)}
            </time>
          </span>
          <bdi class="found__snippet">
            {found.sender_name && `${found.sender_name}: `}
            <Highlighted words={found.snippet} ranges={found.highlights} />
          </bdi>
        </span>
      </Link>
    </li>
  );
}

/** What was looked for, marked in the text where it was found. */
function Highlighted({ words, ranges }: { words: string; ranges: readonly (readonly [number, number])[] }) {
  let end = 0;
  return (
    <>
      {ranges.map(([from, to]) => {
        const before = words.slice(end, from);
        end = to;
        return (
          <Fragment key={from}>
            {before}
            <mark>{words.slice(from, to)}</mark>
          </Fragment>
        );
      })}
      {words.slice(end)}
    </>
  );
}
