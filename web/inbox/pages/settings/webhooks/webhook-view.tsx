/** One webhook: how it is doing, what can be done with it, and its log. */

import { useState } from 'preact/hooks';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import { BackIcon, MoreIcon } from '../../../components/icons.tsx';
import { Menu } from '../../../components/menu.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import { SwitchField } from '../../../components/switch-field.tsx';
import { completeTime } from '../../../format-time.ts';
import type { Toasts } from '../../../state/toasts.ts';
import { useAction } from '../../../state/use-action.ts';
import { text } from '../../../text.ts';
import { DeliveryLog } from './delivery-log.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';
import { WebhookState } from './webhook-state.tsx';
import type { Webhook, WebhooksApi } from './webhooks-api.ts';

export interface WebhookViewProps {
  api: WebhooksApi;
  webhook: Webhook;
  toasts: Toasts;
  onBack(): void;
  onChanged(webhook: Webhook): void;
  onSecret(secret: string): void;
  onRemoved(): void;
}

export function WebhookView({ api, webhook, toasts, onBack, onChanged, onSecret, onRemoved }: WebhookViewProps) {
  const words = text.webhooks;
  const [asking, setAsking] = useState<'edit' | 'rotate' | 'remove' | null>(null);
  const [sent, setSent] = useState(0);
  const test = useAction(async () => {
    await api.test(webhook.id);
    toasts.show(words.testSent);
    setSent(sent + 1);
  });
  const turn = useAction(async () => onChanged(await api.change(webhook.id, { active: !webhook.active })));
  const trouble = webhook.disabled
    ? words.disabled[webhook.disabled]
    : webhook.active && webhook.failing_since && words.failingSince(completeTime(new Date(webhook.failing_since)));
  return (
    <>
      <button class="button button--quiet webhook-back" type="button" onClick={onBack}>
        <BackIcon />
        {words.back}
      </button>
      <SettingsSection
        title={webhook.url}
        actions={
          <div class="webhook-actions">
            <button class="button" type="button" aria-disabled={test.busy} onClick={test.run}>
              {words.test}
            </button>
            <button class="button" type="button" onClick={() => setAsking('edit')}>
              {words.edit}
            </button>
            <Menu
              label={text.settings.titles.webhooks}
              items={[
                { label: words.rotate, onSelect: () => setAsking('rotate') },
                { label: words.remove, dangerous: true, separated: true, onSelect: () => setAsking('remove') },
              ]}
            >
              <MoreIcon />
            </Menu>
          </div>
        }
      >
        <p class="webhook-about">
          <WebhookState webhook={webhook} />
          <span>{words.told(webhook.events.length)}</span>
        </p>
        <FormNotice message={trouble || null} tone="info" />
        <FormNotice message={test.error ?? turn.error} />
        <SwitchField id="webhook-active" label={words.active} hint={words.activeHint} checked={webhook.active} onChange={turn.run} />
      </SettingsSection>
      <DeliveryLog api={api} webhookId={webhook.id} toasts={toasts} sent={sent} />
      {asking === 'edit' && (
        <WebhookDialog
          webhook={webhook}
          onClose={() => setAsking(null)}
          submit={async (values) => {
            onChanged(await api.change(webhook.id, values));
            setAsking(null);
            toasts.show(words.saved);
          }}
        />
      )}
      {asking === 'rotate' && (
        <ConfirmDialog
          title={words.rotateTitle}
          explanation={words.rotateExplanation}
          confirm={words.rotateConfirm}
          onConfirm={async () => onSecret((await api.rotate(webhook.id)).secret)}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === 'remove' && (
        <ConfirmDialog
          title={words.removeTitle}
          explanation={words.removeExplanation}
          confirm={words.removeConfirm}
          dangerous
          onConfirm={async () => {
            await api.remove(webhook.id);
            onRemoved();
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
