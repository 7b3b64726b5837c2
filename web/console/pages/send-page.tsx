/** Sending test events, and sending them again. */

import { useState } from 'preact/hooks';
import { EventComposer } from '../components/event-composer.tsx';
import type { ConsoleApi, TestEvent } from '../console-api.ts';
import { clockTime, plural } from '../format.ts';

/** How many of those that were sent are listed. */
const KEPT = 20;

interface SentEvent {
  event: TestEvent;
  subscriptions: number;
  at: number;
}

export function SendPage({ api, app }: { api: ConsoleApi; app: string }) {
  const [sent, setSent] = useState<SentEvent[]>([]);
  const [draft, setDraft] = useState<{ event: TestEvent; n: number } | null>(null);
  return (
    <div class="page">
      <header class="page__header">
        <h1 class="page__title">Send an event</h1>
        <p class="page__about">As a backend would by the HTTP API: the same names, sizes and channels are allowed.</p>
      </header>
      <div class="columns">
        <section class="panel" aria-label="Event">
          <div class="panel__body">
            <EventComposer
              key={draft?.n ?? 0}
              api={api}
              app={app}
              initial={draft?.event}
              onSent={(event, subscriptions) => setSent((before) => [{ event, subscriptions, at: Date.now() }, ...before].slice(0, KEPT))}
            />
          </div>
        </section>
        <section class="panel" aria-labelledby="sent">
          <div class="panel__header">
            <h2 class="panel__title" id="sent">
              Sent from here
            </h2>
          </div>
          {sent.length === 0 ? (
            <p class="panel__empty">What you send is listed here until you leave the page.</p>
          ) : (
            <ul class="sent">
              {sent.map(({ event, subscriptions, at }) => (
                <li key={at} class="sent__row">
                  <div class="sent__what">
                    <code>{event.name}</code> on <code>{event.channel}</code>
                    <p class="faint">
                      {clockTime(at)}, to {plural(subscriptions, 'subscriber')}
                    </p>
                  </div>
                  <button class="button" type="button" onClick={() => setDraft({ event, n: at })}>
                    Use again
                  </button>
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
    </div>
  );
}
