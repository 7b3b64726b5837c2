/** Adds a webhook, or edits one. */

import { useState } from 'preact/hooks';
import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';
import { WEBHOOK_EVENTS, type Webhook, type WebhookEvent, type WebhookValues } from './webhooks-api.ts';

export interface WebhookDialogProps {
  /** The one to be edited; null for a new one. */
  webhook: Webhook | null;
  submit(values: WebhookValues): Promise<void>;
  onClose(): void;
}

export function WebhookDialog({ webhook, submit, onClose }: WebhookDialogProps) {
  const words = text.webhooks;
  const [events, setEvents] = useState<readonly WebhookEvent[]>(webhook?.events ?? ['message.created']);
  const form = useForm({
    initial: { url: webhook?.url ?? '' },
    submit: ({ url }) => submit({ url, events: [...events] }),
  });
  const toggle = (event: WebhookEvent, on: boolean) => setEvents(on ? [...events, event] : events.filter((one) => one !== event));
  return (
    <FormDialog title={webhook ? words.editTitle : words.addTitle} onClose={onClose} confirm={webhook ? words.save : words.create} form={form}>
      <Field {...form.bind('url')} label={words.url} hint={words.urlHint} type="url" placeholder="https://" />
      <fieldset class="webhook-events">
        <legend class="field__label">{words.events}</legend>
        {WEBHOOK_EVENTS.map((event) => (
          <label class="webhook-events__item" key={event}>
            <input type="checkbox" checked={events.includes(event)} onChange={({ currentTarget }) => toggle(event, currentTarget.checked)} />
            <span>
              {words.eventNames[event]}
              <code class="webhook-events__name" dir="ltr">
                {event}
              </code>
            </span>
          </label>
        ))}
        <button class="button button--quiet" type="button" onClick={() => setEvents(WEBHOOK_EVENTS)}>
          {words.all}
        </button>
      </fieldset>
    </FormDialog>
  );
}
