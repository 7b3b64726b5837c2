/** What a webhook was told, newest first. While something is under way it looks again by itself. */

import { useEffect, useId, useState } from 'preact/hooks';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import { completeTime, shortTime } from '../../../format-time.ts';
import type { Toasts } from '../../../state/toasts.ts';
import { useAction } from '../../../state/use-action.ts';
import { text } from '../../../text.ts';
import type { Delivery, WebhooksApi } from './webhooks-api.ts';

/** Often enough for whoever waits for a test, and nothing for the server. */
const LOOK_AGAIN_MS = 1_500;
const CHIPS = { waiting: 'snoozed', retrying: 'pending', delivered: 'active', failed: 'failed' } as const;

export interface DeliveryLogProps {
  api: WebhooksApi;
  webhookId: number;
  toasts: Toasts;
  /** Grows with each test, so that it is looked for. */
  sent: number;
}

export function DeliveryLog({ api, webhookId, toasts, sent }: DeliveryLogProps) {
  const words = text.webhooks;
  const [deliveries, setDeliveries] = useState<Delivery[] | null>(null);
  const [hasMore, setHasMore] = useState(false);
  const [replays, setReplays] = useState(0);
  const newest = useAction(async () => {
    const page = await api.deliveries(webhookId, null);
    setDeliveries(page.deliveries);
    setHasMore(page.has_more);
  });
  const older = useAction(async () => {
    const page = await api.deliveries(webhookId, deliveries?.at(-1)?.id ?? null);
    setDeliveries([...(deliveries ?? []), ...page.deliveries]);
    setHasMore(page.has_more);
  });
  useEffect(newest.run, [sent, replays]);
  const waits = deliveries?.some(({ state }) => state === 'waiting') ?? false;
  useEffect(() => {
    // While one look is under way, another would be none.
    if (!waits || newest.busy) return;
    const timer = setTimeout(newest.run, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [waits, deliveries, newest.busy]);

  const replay = async (delivery: Delivery) => {
    await api.replay(webhookId, delivery.id);
    toasts.show(words.replaySent);
    setReplays((count) => count + 1);
  };
  return (
    <SettingsSection
      title={words.log}
      intro={words.logIntro}
      actions={
        <button class="button" type="button" aria-disabled={newest.busy} onClick={newest.run}>
          {words.refresh}
        </button>
      }
    >
      <FormNotice message={newest.error ?? older.error} />
      {!deliveries && !newest.error && <p class="loading">{text.loading}</p>}
      {deliveries?.length === 0 && <EmptyState title={words.logNone} hint={words.logNoneHint} />}
      {deliveries && deliveries.length > 0 && (
        <ul class="deliveries" aria-label={words.log}>
          {deliveries.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} onReplay={() => replay(delivery)} />
          ))}
        </ul>
      )}
      {hasMore && (
        <button class="button" type="button" aria-disabled={older.busy} onClick={older.run}>
          {words.more}
        </button>
      )}
    </SettingsSection>
  );
}

function DeliveryRow({ delivery, onReplay }: { delivery: Delivery; onReplay(): Promise<void> }) {
  const words = text.webhooks;
  const [open, setOpen] = useState(false);
  const id = useId();
  const replay = useAction(onReplay);
  const at = new Date(delivery.attempted_at ?? delivery.created_at);
  const name = delivery.event === 'webhook.test' ? words.testEvent : words.eventNames[delivery.event];
  const answer = delivery.status === null ? delivery.error && words.noAnswer : words.answered(delivery.status, delivery.duration_ms);
  return (
    <li class="delivery">
      <div class="delivery__line">
        <span class={`chip chip--${CHIPS[delivery.state]}`}>{words.deliveryState[delivery.state]}</span>
        <span class="delivery__event">
          {name}
          {delivery.replay_of !== null && <span class="delivery__tag">{words.replayed}</span>}
        </span>
        <span class="delivery__about">
          {[answer, delivery.attempts > 1 && words.attempts(delivery.attempts)].filter(Boolean).join(' · ')}
        </span>
        <time class="delivery__time" dateTime={at.toISOString()} title={completeTime(at)}>
          {shortTime(at, new Date())}
        </time>
        <button class="button button--quiet delivery__toggle" type="button" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          {open ? words.hideDetails : words.details}
        </button>
      </div>
      <div class="delivery__details" id={id} hidden={!open}>
        {delivery.error && <p class="delivery__error">{delivery.error}</p>}
        <dl class="delivery__facts">
          <dt>{words.eventId}</dt>
          <dd dir="ltr">
            <code>{delivery.event_id}</code>
          </dd>
        </dl>
        <Excerpt title={words.request} code={delivery.request} />
        {delivery.response !== null && <Excerpt title={words.response} code={delivery.response || words.emptyResponse} />}
        <FormNotice message={replay.error} />
        <button class="button" type="button" aria-disabled={replay.busy} onClick={replay.run}>
          {words.replay}
        </button>
      </div>
    </li>
  );
}

/** Can be reached by the keyboard, because it scrolls. */
function Excerpt({ title, code }: { title: string; code: string }) {
  return (
    <figure class="delivery__excerpt">
      <figcaption>{title}</figcaption>
      <pre dir="ltr" tabIndex={0} aria-label={title}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
