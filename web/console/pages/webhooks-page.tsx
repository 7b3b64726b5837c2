/** The last webhooks of an application: what became of each, what it said, and sending one again. */

import { useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { ChevronIcon } from '../components/icons.tsx';
import type { ConsoleApi, Delivery } from '../console-api.ts';
import { clockTime, plural, pretty } from '../format.ts';
import { usePoll } from '../state/use-poll.ts';

const EVERY_MS = 2_000;

const STATES: Record<Delivery['state'], { word: string; tag: string }> = {
  sending: { word: 'Sending', tag: 'tag' },
  retrying: { word: 'Retrying', tag: 'tag tag--warn' },
  delivered: { word: 'Delivered', tag: 'tag tag--ok' },
  given_up: { word: 'Given up', tag: 'tag tag--danger' },
  refused: { word: 'Refused', tag: 'tag tag--danger' },
};

export function WebhooksPage({ api, app }: { api: ConsoleApi; app: string }) {
  const { data, error, refresh } = usePoll(app, EVERY_MS, (signal) => api.deliveries(app, signal));
  const [onlyFailed, setOnlyFailed] = useState(false);
  const deliveries = (data?.deliveries ?? []).filter(({ state }) => !onlyFailed || (state !== 'delivered' && state !== 'sending'));
  return (
    <div class="page">
      <header class="page__header">
        <h1 class="page__title">Webhooks</h1>
        <p class="page__about">What your backend was told of channels and members, the newest first.</p>
      </header>
      <div class="toolbar">
        <div class="segments" role="group" aria-label="Show">
          <button class="segments__item" type="button" aria-pressed={!onlyFailed} onClick={() => setOnlyFailed(false)}>
            All
          </button>
          <button class="segments__item" type="button" aria-pressed={onlyFailed} onClick={() => setOnlyFailed(true)}>
            With problems
          </button>
        </div>
      </div>
      <section class="panel" aria-label="Deliveries">
        {data === null ? (
          <p class="panel__empty">{error ? error.message : 'Loading…'}</p>
        ) : deliveries.length === 0 ? (
          <p class="panel__empty">{onlyFailed ? 'No delivery has a problem.' : 'Nothing was delivered since the start. Webhooks are configured for each application.'}</p>
        ) : (
          <ol class="deliveries">
            {deliveries.map((delivery) => (
              <DeliveryRow key={delivery.id} api={api} app={app} delivery={delivery} onReplayed={refresh} />
            ))}
          </ol>
        )}
      </section>
    </div>
  );
}

interface DeliveryRowProps {
  api: ConsoleApi;
  app: string;
  delivery: Delivery;
  onReplayed(): void;
}

function DeliveryRow({ api, app, delivery, onReplayed }: DeliveryRowProps) {
  const [open, setOpen] = useState(false);
  const state = STATES[delivery.state];
  return (
    <li class="delivery">
      <button class="delivery__line" type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronIcon />
        <time class="tail-row__time">{clockTime(delivery.time_ms)}</time>
        <span class={state.tag}>{state.word}</span>
        <span class="delivery__what">{delivery.events.join(', ')}</span>
        <span class="delivery__outcome">{outcome(delivery)}</span>
      </button>
      {open && <Details api={api} app={app} delivery={delivery} onReplayed={onReplayed} />}
    </li>
  );
}

function Details({ api, app, delivery, onReplayed }: DeliveryRowProps) {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<{ ok: boolean; text: string } | null>(null);
  const replay = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await api.replay(app, delivery.id);
      setResult({ ok: true, text: 'Sent again: the new delivery is at the top.' });
      onReplayed();
    } catch (thrown) {
      setResult({ ok: false, text: toApiError(thrown).message });
    } finally {
      setBusy(false);
    }
  };
  const { body } = delivery;
  return (
    <div class="tail-row__details">
      <dl class="facts">
        <div>
          <dt>To</dt>
          <dd>{delivery.url}</dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd>{delivery.n_events}</dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd>{delivery.attempts}</dd>
        </div>
        {delivery.attempts > 0 && (
          <div>
            <dt>Last one took</dt>
            <dd>{delivery.duration_ms} ms</dd>
          </div>
        )}
        {delivery.error && (
          <div>
            <dt>Problem</dt>
            <dd>{delivery.error}</dd>
          </div>
        )}
        {delivery.replay_of !== null && (
          <div>
            <dt>Repeats</dt>
            <dd>delivery {delivery.replay_of}</dd>
          </div>
        )}
      </dl>
      {body === null ? (
        <p class="faint">What was sent is no longer kept.</p>
      ) : (
        <div class="code-block">
          <pre tabIndex={0} aria-label="Body">
            {pretty(body)}
          </pre>
          <CopyButton label="Copy body" text={() => body} />
        </div>
      )}
      <div class="connection__actions">
        <button class="button" type="button" aria-disabled={busy || body === null} onClick={() => body !== null && void replay()}>
          Send again
        </button>
        <span role="status" class={result?.ok === false ? 'outcome outcome--error' : 'outcome'}>
          {result?.text}
        </span>
      </div>
    </div>
  );
}

/** In a few words how the last attempt ended. */
function outcome({ status, error, attempts, duration_ms: took }: Delivery): string {
  const ended = status === null ? (error ?? '') : `${status} in ${took} ms`;
  return attempts > 1 ? `${ended}, ${plural(attempts, 'attempt')}` : ended;
}
