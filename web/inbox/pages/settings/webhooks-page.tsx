/** The account's webhooks: the list, one of them with its log, and where the API is described. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { EmptyState } from '../../components/empty-state.tsx';
import { FormNotice } from '../../components/form-notice.tsx';
import { PlusIcon } from '../../components/icons.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { SecretDialog } from './webhooks/secret-dialog.tsx';
import { WebhookDialog } from './webhooks/webhook-dialog.tsx';
import { WebhookState } from './webhooks/webhook-state.tsx';
import { WebhookView } from './webhooks/webhook-view.tsx';
import { WebhooksApi, type Webhook } from './webhooks/webhooks-api.ts';

export default function WebhooksPage({ workspace }: SettingsPageProps) {
  const api = useMemo(() => new WebhooksApi(workspace.http), []);
  const [webhooks, setWebhooks] = useState<Webhook[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const words = text.webhooks;

  const load = () => {
    setFailed(false);
    api.list().then(setWebhooks, () => setFailed(true));
  };
  useEffect(load, []);
  const replace = (changed: Webhook) => setWebhooks((all) => all?.map((one) => (one.id === changed.id ? changed : one)) ?? null);
  const shown = webhooks?.find(({ id }) => id === open);

  return (
    <>
      {shown ? (
        <WebhookView
          key={shown.id}
          api={api}
          webhook={shown}
          toasts={workspace.toasts}
          onBack={() => setOpen(null)}
          onChanged={replace}
          onSecret={setSecret}
          onRemoved={() => {
            setOpen(null);
            setWebhooks((all) => all?.filter(({ id }) => id !== shown.id) ?? null);
            workspace.toasts.show(words.removed);
          }}
        />
      ) : (
        <>
          <SettingsSection
            title={text.settings.titles.webhooks}
            intro={words.intro}
            actions={
              <button class="button button--primary" type="button" onClick={() => setAdding(true)}>
                <PlusIcon />
                {words.add}
              </button>
            }
          >
            {failed && (
              <>
                <FormNotice message={words.loadFailed} />
                <button class="button" type="button" onClick={load}>
                  {text.retry}
                </button>
              </>
            )}
            {!webhooks && !failed && <p class="loading">{text.loading}</p>}
            {webhooks?.length === 0 && <EmptyState title={words.none} hint={words.noneHint} />}
            {webhooks && webhooks.length > 0 && (
              <ul class="webhooks" aria-label={words.caption}>
                {webhooks.map((webhook) => (
                  <li key={webhook.id}>
                    <button class="webhooks__item" type="button" onClick={() => setOpen(webhook.id)}>
                      <span class="webhooks__url" dir="ltr">
                        {webhook.url}
                      </span>
                      <span class="webhooks__about">
                        <WebhookState webhook={webhook} />
                        <span>{words.told(webhook.events.length)}</span>
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </SettingsSection>
          <SettingsSection title={words.apiTitle} intro={words.apiIntro}>
            <a class="button" href="/api/docs">
              {words.apiLink}
            </a>
          </SettingsSection>
        </>
      )}
      {adding && (
        <WebhookDialog
          webhook={null}
          onClose={() => setAdding(false)}
          submit={async (values) => {
            const made = await api.create(values);
            setWebhooks((all) => [...(all ?? []), made.webhook]);
            setAdding(false);
            setOpen(made.webhook.id);
            setSecret(made.secret);
          }}
        />
      )}
      {secret !== null && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </>
  );
}
