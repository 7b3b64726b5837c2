/** An agent's API tokens. */

import { useMemo, useState } from 'preact/hooks';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { completeTime, dayName, shortTime } from '../../format-time.ts';
import { PeopleApi, type ApiToken } from '../../people-api.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { TokenDialog } from './tokens/token-dialog.tsx';

export default function TokensPage({ workspace }: SettingsPageProps) {
  const words = text.people.tokens;
  const people = useMemo(() => new PeopleApi(workspace.http), [workspace]);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const loaded = useLoaded(() => people.tokens());
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const now = new Date();
  const time = (at: string | null, format: (at: Date, now: Date) => string) =>
    at ? (
      <time dateTime={at} title={completeTime(new Date(at))}>
        {format(new Date(at), now)}
      </time>
    ) : (
      text.people.never
    );
  const nameOf = ({ name }: ApiToken) => name || words.unnamed;

  const columns: Column<ApiToken>[] = [
    {
      title: words.name,
      cell: (token) => (
        <span class="person__words">
          <bdi class="person__name">{nameOf(token)}</bdi>
          <span class="person__email">{token.scopes.map((scope) => words.scopes[scope]).join(' · ')}</span>
        </span>
      ),
    },
    { title: text.people.created, cell: ({ created_at }) => time(created_at, shortTime) },
    { title: text.people.lastUsed, cell: ({ last_used_at }) => time(last_used_at, shortTime) },
    { title: text.people.expires, cell: ({ expires_at }) => time(expires_at, dayName) },
    {
      title: '',
      align: 'end',
      cell: (token) => (
        <button class="button button--quiet" type="button" onClick={() => setRevoking(token)}>
          {words.revoke}
        </button>
      ),
    },
  ];
  return (
    <SettingsSection
      title={text.settings.titles.tokens}
      intro={words.intro}
      actions={
        <button class="button button--primary" type="button" onClick={() => setCreating(true)}>
          {words.create}
        </button>
      }
    >
      {loaded.value.length === 0 ? (
        <p class="settings-section__line">{words.empty}</p>
      ) : (
        <Table caption={text.settings.titles.tokens} columns={columns} rows={loaded.value} rowKey={({ id }) => id} />
      )}
      {creating && (
        <TokenDialog
          people={people}
          role={workspace.agent.role}
          onCreated={() => void loaded.reload()}
          onClose={() => setCreating(false)}
        />
      )}
      {revoking && (
        <ConfirmDialog
          title={words.revokeTitle(nameOf(revoking))}
          explanation={words.revokeExplained}
          confirm={words.revoke}
          dangerous
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await people.revokeToken(revoking.id);
            workspace.toasts.show(words.revoked);
            void loaded.reload();
          }}
        />
      )}
    </SettingsSection>
  );
}
