/** One channel: who is on it, what it remembers, what happens on it, and an event to try it out. */

import { ChannelKindTag } from '../components/channel-kind.tsx';
import { ConnectionList } from '../components/connection-list.tsx';
import { EventComposer } from '../components/event-composer.tsx';
import { BackIcon } from '../components/icons.tsx';
import { Link } from '../components/link.tsx';
import { TailRowView } from '../components/tail-row.tsx';
import { TailView } from '../components/tail-view.tsx';
import type { ChannelAnswer, ConsoleApi, HistoryAnswer, Member } from '../console-api.ts';
import { count, duration, plural, pretty } from '../format.ts';
import type { Router } from '../router.ts';
import { usePoll } from '../state/use-poll.ts';

const EVERY_MS = 1_000;
const CONNECTIONS = 20;
const CONNECTIONS_EVERY_MS = 3_000;
const HISTORY_EVERY_MS = 3_000;

export interface ChannelPageProps {
  api: ConsoleApi;
  router: Router;
  app: string;
  name: string;
}

export function ChannelPage({ api, router, app, name }: ChannelPageProps) {
  const { data, error } = usePoll(name, EVERY_MS, (signal) => api.channel(app, name, signal));
  const connections = usePoll(name, CONNECTIONS_EVERY_MS, (signal) => api.connections(app, { channel: name }, CONNECTIONS, signal));
  const history = usePoll(name, HISTORY_EVERY_MS, (signal) => api.history(app, name, signal));
  const subscribers = connections.data?.connections ?? [];
  return (
    <div class="page">
      <header class="page__header">
        <Link router={router} to={{ page: 'channels', app, search: '' }} class="back-link">
          <BackIcon /> Channels
        </Link>
        <h1 class="page__title page__title--code">{name}</h1>
        {data && (
          <p class="page__about">
            <ChannelKindTag channel={data} />
            <span>{data.subscriptions === 0 ? 'nobody is subscribed' : plural(data.subscriptions, 'subscriber')}</span>
            {data.member_count !== null && <span>{plural(data.member_count, 'member')}</span>}
          </p>
        )}
        {!data && error && <p class="page__about">{error.message}</p>}
      </header>
      <div class="columns columns--channel">
        <TailView app={app} channel={name} router={router} />
        <div class="stack">
          <section class="panel" aria-labelledby="send">
            <div class="panel__header">
              <h2 class="panel__title" id="send">
                Send an event
              </h2>
            </div>
            <div class="panel__body">
              <EventComposer api={api} app={app} channel={name} />
            </div>
          </section>
          {data?.members && <Members members={data.members} total={data.member_count ?? 0} />}
          {data?.cache && <Cached cached={data.cached ?? null} />}
        </div>
      </div>
      {history.data && history.data.events.length > 0 && <History history={history.data} app={app} name={name} router={router} />}
      {subscribers.length > 0 && (
        <section class="panel" aria-labelledby="subscribers">
          <div class="panel__header">
            <h2 class="panel__title" id="subscribers">
              {subscribers.length < (data?.subscriptions ?? 0) ? `${subscribers.length} of ${count(data?.subscriptions ?? 0)} subscribers` : 'Subscribers'}
            </h2>
          </div>
          <ConnectionList api={api} app={app} connections={subscribers} router={router} onChanged={connections.refresh} />
        </section>
      )}
    </div>
  );
}

function History({ history: { events, total }, app, name, router }: { history: HistoryAnswer; app: string; name: string; router: Router }) {
  const now = Date.now();
  return (
    <section class="panel" aria-labelledby="history">
      <div class="panel__header">
        <h2 class="panel__title" id="history">
          History
        </h2>
        <span class="faint">{events.length < total ? `the newest ${events.length} of ${count(total)} events` : plural(total, 'event')}</span>
      </div>
      <div class="history" tabIndex={0} role="region" aria-labelledby="history">
        <ol class="tail__rows">
          {events.map(({ id, event, data, age_ms: age }) => {
            const bytes = new TextEncoder().encode(data).length;
            const row = { n: 0, at: now - age, app, type: 'published' as const, event, channel: name, data, bytes };
            return <TailRowView key={id} row={row} app={app} withChannel={false} router={router} />;
          })}
        </ol>
      </div>
    </section>
  );
}

function Members({ members, total }: { members: readonly Member[]; total: number }) {
  return (
    <section class="panel" aria-labelledby="members">
      <div class="panel__header">
        <h2 class="panel__title" id="members">
          {members.length < total ? `${members.length} of ${plural(total, 'member')}` : plural(total, 'member')}
        </h2>
      </div>
      <ul class="members" tabIndex={0} aria-label="Members">
        {members.map(({ id, info }) => (
          <li key={id} class="members__row">
            <code>{id}</code>
            {info !== null && <span class="members__info">{JSON.stringify(info)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Cached({ cached }: { cached: NonNullable<ChannelAnswer['cached']> | null }) {
  return (
    <section class="panel" aria-labelledby="cached">
      <div class="panel__header">
        <h2 class="panel__title" id="cached">
          Remembered event
        </h2>
        {cached && <span class="faint">for another {duration(cached.ttl_ms)}</span>}
      </div>
      {cached ? (
        <div class="panel__body">
          <p>
            <code>{cached.event}</code>
          </p>
          <div class="code-block">
            <pre tabIndex={0} aria-label="Data">
              {pretty(cached.data)}
            </pre>
          </div>
        </div>
      ) : (
        <p class="panel__empty">Nothing. The next event that a backend sends will be remembered.</p>
      )}
    </section>
  );
}
