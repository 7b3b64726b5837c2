/** Sends a test event, under the rules that hold for backends. */

import { useId, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import type { ConsoleApi, TestEvent } from '../console-api.ts';
import { bytesText, plural, pretty } from '../format.ts';
import { SendIcon } from './icons.tsx';

/** What the server takes; it has the last word. */
const MAX_DATA_BYTES = 10_240;

export interface EventComposerProps {
  api: ConsoleApi;
  app: string;
  /** The channel is known, and not asked for. */
  channel?: string;
  initial?: TestEvent;
  onSent?(event: TestEvent, subscriptions: number): void;
}

export function EventComposer({ api, app, channel: fixed, initial, onSent }: EventComposerProps) {
  const id = useId();
  const [channel, setChannel] = useState(fixed ?? initial?.channel ?? '');
  const [name, setName] = useState(initial?.name ?? 'test-event');
  const [data, setData] = useState(initial?.data ?? '{\n  "message": "Hello"\n}');
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ ok: boolean; text: string } | null>(null);
  const kind = describe(data);

  const send = async (event?: Event) => {
    event?.preventDefault();
    if (busy) return;
    const wanted: TestEvent = { channel: channel.trim(), name: name.trim(), data };
    if (!wanted.channel || !wanted.name) {
      setOutcome({ ok: false, text: wanted.channel ? 'Enter the event’s name.' : 'Enter a channel.' });
      return;
    }
    setBusy(true);
    setOutcome(null);
    try {
      const { subscriptions } = await api.send(app, wanted);
      setOutcome({ ok: true, text: subscriptions === 0 ? 'Sent. Nobody is subscribed to the channel.' : `Sent to ${plural(subscriptions, 'subscriber')}.` });
      onSent?.(wanted, subscriptions);
    } catch (thrown) {
      const error = toApiError(thrown);
      const details = Object.values(error.details ?? {}).flat().join(' ');
      setOutcome({ ok: false, text: details || error.message });
    } finally {
      setBusy(false);
    }
  };
  const sendByKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send(event);
  };

  return (
    <form class="composer-form" noValidate onSubmit={(event) => void send(event)} onKeyDown={sendByKey}>
      <div class="composer-form__names">
        {fixed === undefined && <Line id={`${id}-channel`} label="Channel" value={channel} onValue={setChannel} placeholder="my-channel" />}
        <Line id={`${id}-name`} label="Event" value={name} onValue={setName} placeholder="my-event" />
      </div>
      <div>
        <div class="composer-form__label">
          <label class="field__label" for={`${id}-data`}>
            Data
          </label>
          <span class="composer-form__kind">{kind}</span>
          <button class="text-button" type="button" onClick={() => setData(pretty(data))}>
            Format
          </button>
        </div>
        <textarea
          id={`${id}-data`}
          class="code-input"
          rows={6}
          spellcheck={false}
          autocapitalize="off"
          value={data}
          onInput={(event) => setData(event.currentTarget.value)}
        />
      </div>
      <div class="composer-form__end">
        <button class="button button--primary" type="submit" aria-disabled={busy}>
          <SendIcon />
          {busy ? 'Sending…' : 'Send event'}
        </button>
        <p role="status" class={outcome?.ok === false ? 'outcome outcome--error' : 'outcome'}>
          {outcome?.text}
        </p>
      </div>
    </form>
  );
}

interface LineProps {
  id: string;
  label: string;
  value: string;
  placeholder: string;
  onValue(value: string): void;
}

function Line({ id, label, value, placeholder, onValue }: LineProps) {
  return (
    <div class="composer-form__line">
      <label class="field__label" for={id}>
        {label}
      </label>
      <input
        id={id}
        class="code-input"
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={placeholder}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </div>
  );
}

/** Whether the data is JSON, which is what nearly all clients expect, and how large it is. */
function describe(data: string): string {
  const size = new TextEncoder().encode(data).length;
  if (size > MAX_DATA_BYTES) return `${bytesText(size)}: too large, the most is ${bytesText(MAX_DATA_BYTES)}`;
  try {
    JSON.parse(data);
    return `JSON, ${bytesText(size)}`;
  } catch {
    return `Not JSON: sent as text, ${bytesText(size)}`;
  }
}
