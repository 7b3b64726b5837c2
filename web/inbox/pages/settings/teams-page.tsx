/** The teams: groups of agents that conversations are given to. */

import { useMemo, useState } from 'preact/hooks';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { Menu } from '../../components/menu.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { SortingApi, type Team } from '../../sorting-api.ts';
import { useFollowed } from '../../state/use-followed.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { TeamDialog } from './sorting/team-dialog.tsx';

export default function TeamsPage({ workspace }: SettingsPageProps) {
  const words = text.sorting.teams;
  const sorting = useMemo(() => new SortingApi(workspace.http), [workspace]);
  const [editing, setEditing] = useState<Team | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Team | null>(null);
  const loaded = useLoaded(async () => {
    const [teams, agents] = await Promise.all([sorting.teams(), sorting.agents()]);
    return { teams, agents };
  });
  useFollowed(workspace, ['teams', 'agents'], loaded.reload);
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const { teams, agents } = loaded.value;
  const names = ({ agent_ids }: Team) => agents.filter(({ id }) => agent_ids.includes(id)).map(({ name }) => name);

  const columns: Column<Team>[] = [
    { title: words.name, cell: (team) => <bdi class="sorting-name">{team.name}</bdi> },
    {
      title: words.agents,
      cell: (team) => <span class="sorting-detail">{names(team).join(', ') || words.nobody}</span>,
    },
    {
      title: '',
      align: 'end',
      cell: (team) => (
        <Menu
          label={text.sorting.actionsFor(team.name)}
          items={[
            { label: text.edit, onSelect: () => setEditing(team) },
            { label: text.delete, dangerous: true, onSelect: () => setDeleting(team) },
          ]}
        >
          <MoreIcon />
        </Menu>
      ),
    },
  ];
  return (
    <SettingsSection
      title={text.settings.titles.teams}
      intro={words.intro}
      actions={
        <button class="button button--primary" type="button" onClick={() => setEditing('new')}>
          {words.create}
        </button>
      }
    >
      {teams.length === 0 ? (
        <p class="settings-section__empty">{words.empty}</p>
      ) : (
        <Table caption={text.settings.titles.teams} columns={columns} rows={teams} rowKey={({ id }) => id} />
      )}
      {editing && (
        <TeamDialog
          sorting={sorting}
          team={editing === 'new' ? null : editing}
          agents={agents}
          onSaved={() => {
            workspace.toasts.show(text.saved);
            void loaded.reload();
          }}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && (
        <ConfirmDialog
          title={words.deleteTitle(deleting.name)}
          explanation={words.deleteExplained}
          confirm={words.delete}
          dangerous
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await sorting.deleteTeam(deleting.id);
            workspace.toasts.show(words.deleted);
            void loaded.reload();
          }}
        />
      )}
    </SettingsSection>
  );
}
