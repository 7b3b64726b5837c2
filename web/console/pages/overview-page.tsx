/** How the server is doing: what an application does now and did in the last minute, and what was refused. */

import { ChannelRows } from '../components/channel-rows.tsx';
import { Link } from '../components/link.tsx';
import { Stat } from '../components/stat.tsx';
import type { AppCounts, ConsoleApi } from '../console-api.ts';
import { bytes, bytesText, count, plural, rate } from '../format.ts';
import type { Router } from '../router.ts';
import type { OverviewState } from '../state/overview.ts';
import type { Moment } from '../state/rates.ts';
import { usePoll } from '../state/use-poll.ts';

/** Channels on this page; all of them have their own. */
const BUSIEST = 8;
const EVERY_MS = 2_000;

export interface OverviewPageProps {
  api: ConsoleApi;
  router: Router;
  app: string;
  state: OverviewState;
}

export function OverviewPage({ api, router, app, state }: OverviewPageProps) {
  const counts = state.answer?.apps.find(({ id }) => id === app);
  const moments = state.history?.moments.get(app) ?? [];
  const channels = usePoll(app, EVERY_MS, (signal) => api.channels(app, '', 'subscriptions', BUSIEST, signal));
  if (!counts || !state.answer) return null;
  const now = moments[moments.length - 1];
  const series = (read: (moment: Moment) => number) => moments.map(read);
  const bytesOut = bytes(now?.bytesOut ?? 0);
  const bytesIn = bytes(now?.bytesIn ?? 0);
  return (
    <div class="page">
      <header class="page__header">
        <h1 class="page__title">Overview</h1>
        <p class="page__about">
          Application <code>{counts.id}</code>, key <code>{counts.key}</code>
          {!counts.enabled && <span class="tag tag--warn">Switched off</span>}
        </p>
      </header>
      <dl class="stats">
        <Stat label="Connections" value={count(counts.connections)} history={series((moment) => moment.connections)} />
        <Stat label="Subscriptions" value={count(counts.subscriptions)} history={series((moment) => moment.subscriptions)} />
        <Stat label="Messages sent" value={rate(now?.messagesOut ?? 0)} unit="/s" history={series((moment) => moment.messagesOut)} />
        <Stat label="Messages received" value={rate(now?.messagesIn ?? 0)} unit="/s" history={series((moment) => moment.messagesIn)} />
        <Stat label="Sent" value={bytesOut.value} unit={`${bytesOut.unit}/s`} history={series((moment) => moment.bytesOut)} />
        <Stat label="Received" value={bytesIn.value} unit={`${bytesIn.unit}/s`} history={series((moment) => moment.bytesIn)} />
      </dl>
      <div class="columns">
        <section class="panel" aria-labelledby="busiest">
          <div class="panel__header">
            <h2 class="panel__title" id="busiest">
              Largest channels
            </h2>
            {channels.data && channels.data.occupied > 0 && (
              <Link router={router} to={{ page: 'channels', app, search: '' }}>
                {channels.data.occupied > BUSIEST ? `All ${count(channels.data.occupied)}` : 'Search'}
              </Link>
            )}
          </div>
          {channels.data &&
            (channels.data.channels.length > 0 ? (
              <ChannelRows router={router} app={app} channels={channels.data.channels} />
            ) : (
              <p class="panel__empty">No channel has a subscriber. A channel exists while somebody is subscribed to it.</p>
            ))}
        </section>
        <Health counts={counts} state={state} />
      </div>
      {state.answer.n_apps > 1 && <AppTable router={router} app={app} state={state} />}
    </div>
  );
}

const DROPS: Record<string, string> = {
  slow_consumer: 'Read too slowly',
  connection_limit: 'Over a limit of connections',
  message_rate: 'Too many messages a second',
  pong_timeout: 'Did not answer a ping',
  authorization_timeout: 'Nobody vouched for it',
};

function Health({ counts, state: { answer } }: { counts: AppCounts; state: OverviewState }) {
  const refused: [string, number][] = [
    ...Object.entries(counts.drops).map(([reason, n]): [string, number] => [DROPS[reason] ?? reason, n]),
    ['Client events refused', counts.client_event_refusals],
    ['Events refused for overload', counts.overload_refusals],
  ];
  return (
    <section class="panel" aria-labelledby="health">
      <div class="panel__header">
        <h2 class="panel__title" id="health">
          Since the start
        </h2>
      </div>
      <dl class="list">
        {refused.map(([name, n]) => (
          <div key={name} class={n > 0 ? 'list__row list__row--warn' : 'list__row'}>
            <dt>{name}</dt>
            <dd>{count(n)}</dd>
          </div>
        ))}
        <div class="list__row">
          <dt>Messages sent</dt>
          <dd>{count(counts.messages_sent)}</dd>
        </div>
        <div class="list__row">
          <dt>Sockets of the server</dt>
          <dd>{count(answer?.sockets ?? 0)}</dd>
        </div>
        <div class="list__row">
          <dt>Waiting for delivery</dt>
          <dd>{bytesText(answer?.waiting_bytes ?? 0)}</dd>
        </div>
        {(answer?.panics ?? 0) > 0 && (
          <div class="list__row list__row--warn">
            <dt>Errors in the program</dt>
            <dd>{count(answer?.panics ?? 0)}</dd>
          </div>
        )}
        <div class="list__row">
          <dt>Client events</dt>
          <dd>{counts.client_events ? 'allowed' : 'not allowed'}</dd>
        </div>
        <div class="list__row">
          <dt>Origins</dt>
          <dd class="list__text">{counts.allowed_origins.join(', ')}</dd>
        </div>
      </dl>
    </section>
  );
}

function AppTable({ router, app, state }: { router: Router; app: string; state: OverviewState }) {
  const apps = state.answer?.apps ?? [];
  const total = state.answer?.n_apps ?? 0;
  const sent = (id: string) => state.history?.moments.get(id)?.at(-1)?.messagesOut ?? 0;
  return (
    <section class="panel" aria-labelledby="apps">
      <div class="panel__header">
        <h2 class="panel__title" id="apps">
          {apps.length < total ? `${apps.length} of ${plural(total, 'application')}` : plural(total, 'application')}
        </h2>
      </div>
      <div class="table-scroll" tabIndex={0} role="region" aria-labelledby="apps">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Application</th>
              <th scope="col" class="table__number">
                Connections
              </th>
              <th scope="col" class="table__number">
                Subscriptions
              </th>
              <th scope="col" class="table__number">
                Sent /s
              </th>
            </tr>
          </thead>
          <tbody>
            {apps.map((row) => (
              <tr key={row.id} class={row.id === app ? 'table__row table__row--open' : 'table__row'}>
                <th scope="row">
                  <Link router={router} to={{ page: 'overview', app: row.id }}>
                    {row.id}
                  </Link>
                </th>
                <td class="table__number">{count(row.connections)}</td>
                <td class="table__number">{count(row.subscriptions)}</td>
                <td class="table__number">{rate(sent(row.id))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
