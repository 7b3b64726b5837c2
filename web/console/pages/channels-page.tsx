/** The channels of an application: the largest ones, or those with a text in their names. */

import { useEffect, useState } from 'preact/hooks';
import { ChannelRows } from '../components/channel-rows.tsx';
import { SearchField } from '../components/search-field.tsx';
import type { ChannelOrder, ConsoleApi } from '../console-api.ts';
import { count, plural } from '../format.ts';
import type { Router } from '../router.ts';
import { usePoll } from '../state/use-poll.ts';

const PAGE = 100;
/** The most that the server gives. */
const MOST = 200;
const EVERY_MS = 1_000;
/** While somebody types nothing is asked. */
const TYPING_MS = 150;

export interface ChannelsPageProps {
  api: ConsoleApi;
  router: Router;
  app: string;
  search: string;
}

export function ChannelsPage({ api, router, app, search }: ChannelsPageProps) {
  const [text, setText] = useState(search);
  const [order, setOrder] = useState<ChannelOrder>('subscriptions');
  const [limit, setLimit] = useState(PAGE);

  useEffect(() => {
    if (text === search) return;
    const timer = setTimeout(() => router.go({ page: 'channels', app, search: text }, 'replace'), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);

  const key = JSON.stringify([app, search, order, limit]);
  const { data, error } = usePoll(key, EVERY_MS, (signal) => api.channels(app, search, order, limit, signal));
  return (
    <div class="page">
      <header class="page__header">
        <h1 class="page__title">Channels</h1>
        {data && (
          <p class="page__about">
            {search ? `${plural(data.matching, 'channel')} of ${count(data.occupied)} with “${search}”` : plural(data.occupied, 'occupied channel')}
          </p>
        )}
      </header>
      <div class="toolbar">
        <SearchField label="Search channels" placeholder="Search channels" value={text} onValue={setText} />
        <div class="segments" role="group" aria-label="Order">
          <Segment chosen={order === 'subscriptions'} label="Largest first" onChoose={() => setOrder('subscriptions')} />
          <Segment chosen={order === 'name'} label="By name" onChoose={() => setOrder('name')} />
        </div>
      </div>
      <section class="panel">
        {data === null ? (
          <p class="panel__empty">{error ? error.message : 'Loading…'}</p>
        ) : data.channels.length === 0 ? (
          <p class="panel__empty">
            {search ? 'No occupied channel has that in its name.' : 'No channel has a subscriber. A channel exists while somebody is subscribed to it.'}
          </p>
        ) : (
          <>
            <ChannelRows router={router} app={app} channels={data.channels} />
            {data.channels.length < data.matching && (
              <p class="panel__footer">
                {`The first ${count(data.channels.length)} of ${count(data.matching)}.`}{' '}
                {limit < MOST ? (
                  <button class="text-button" type="button" onClick={() => setLimit(MOST)}>
                    Show {MOST}
                  </button>
                ) : (
                  'Search for others by name.'
                )}
              </p>
            )}
          </>
        )}
      </section>
    </div>
  );
}

function Segment({ chosen, label, onChoose }: { chosen: boolean; label: string; onChoose(): void }) {
  return (
    <button class="segments__item" type="button" aria-pressed={chosen} onClick={onChoose}>
      {label}
    </button>
  );
}
