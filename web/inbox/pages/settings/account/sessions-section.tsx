/** Where the agent is logged in. */

import { SettingsSection } from '../../../components/settings-section.tsx';
import { Table, type Column } from '../../../components/table.tsx';
import { completeTime, shortTime } from '../../../format-time.ts';
import { nameOfBrowser } from '../../../names-of-browsers.ts';
import type { AgentSession, PeopleApi } from '../../../people-api.ts';
import { problemOf } from '../../../state/form.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';
import { toApiError } from '../../../../shared/api.ts';

export interface SessionsSectionProps {
  workspace: Workspace;
  people: PeopleApi;
  sessions: AgentSession[];
  onChanged(): void;
}

export function SessionsSection({ workspace, people, sessions, onChanged }: SessionsSectionProps) {
  const words = text.people.sessions;
  const now = new Date();

  const act = async (work: () => Promise<string>) => {
    try {
      workspace.toasts.show(await work());
      onChanged();
    } catch (thrown) {
      workspace.toasts.show(problemOf(toApiError(thrown), []).general ?? text.unexpected, { tone: 'error' });
    }
  };
  const revoke = (id: number) =>
    act(async () => {
      await people.revokeSession(id);
      return words.revoked;
    });
  const revokeOthers = () => act(async () => words.othersRevoked((await people.revokeOtherSessions()).ended));

  const columns: Column<AgentSession>[] = [
    {
      title: words.browser,
      cell: ({ user_agent, current }) => (
        <>
          {nameOfBrowser(user_agent)}
          {current && <span class="chip chip--active table__chip">{text.people.thisSession}</span>}
        </>
      ),
    },
    { title: words.address, cell: ({ address }) => <bdi>{address ?? '–'}</bdi> },
    {
      title: text.people.lastUsed,
      cell: ({ last_used_at }) => {
        const at = new Date(last_used_at);
        return (
          <time dateTime={last_used_at} title={completeTime(at)}>
            {shortTime(at, now)}
          </time>
        );
      },
    },
    {
      title: '',
      align: 'end',
      cell: ({ id, current }) =>
        !current && (
          <button class="button button--quiet" type="button" onClick={() => void revoke(id)}>
            {words.revoke}
          </button>
        ),
    },
  ];
  return (
    <SettingsSection
      title={words.title}
      intro={words.intro}
      actions={
        sessions.length > 1 && (
          <button class="button" type="button" onClick={() => void revokeOthers()}>
            {words.revokeOthers}
          </button>
        )
      }
    >
      <Table caption={words.title} columns={columns} rows={sessions} rowKey={({ id }) => id} />
    </SettingsSection>
  );
}
