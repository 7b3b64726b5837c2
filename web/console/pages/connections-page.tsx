/** Single connections: the newest, or those that somebody looks for. */

import { useEffect, useState } from 'preact/hooks';
import { ConnectionList, shownOf } from '../components/connection-list.tsx';
import { SearchField } from '../components/search-field.tsx';
import type { ConnectionQuery, ConsoleApi } from '../console-api.ts';
import type { Router } from '../router.ts';
import { parseSearch, searchText } from '../routes.ts';
import { usePoll } from '../state/use-poll.ts';

const SHOWN = 50;
const EVERY_MS = 2_000;
const TYPING_MS = 250;

export interface ConnectionsPageProps {
  api: ConsoleApi;
  router: Router;
  app: string;
  find: ConnectionQuery;
}

export function ConnectionsPage({ api, router, app, find }: ConnectionsPageProps) {
  const asked = searchText(find);
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => router.go({ page: 'connections', app, find: parseSearch(text) }, 'replace'), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);

  const key = JSON.stringify([app, find]);
  const { data, error, refresh } = usePoll(key, EVERY_MS, (signal) => api.connections(app, find, SHOWN, signal));
  const isSearch = asked !== '';
  return (
    <div class="page">
      <header class="page__header">
        <h1 class="page__title">Connections</h1>
        {data && (
          <p class="page__about">
            {isSearch ? `${data.connections.length} found` : `${data.connections.length < data.total ? 'The newest ' : ''}${shownOf(data.connections.length, data.total)}`}
            {!data.complete && ' (a part of the server is too busy to answer)'}
          </p>
        )}
      </header>
      <div class="toolbar">
        <SearchField label="Find connections" placeholder="Socket id, user id, or #channel" value={text} onValue={setText} />
      </div>
      <section class="panel">
        {data === null ? (
          <p class="panel__empty">{error ? error.message : 'Loading…'}</p>
        ) : data.connections.length === 0 ? (
          <p class="panel__empty">{isSearch ? 'No open connection fits.' : 'Nobody is connected.'}</p>
        ) : (
          <ConnectionList api={api} app={app} connections={data.connections} router={router} onChanged={refresh} />
        )}
      </section>
    </div>
  );
}
