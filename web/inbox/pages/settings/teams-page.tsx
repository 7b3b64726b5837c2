/** The teams: groups of agents that conversations are given to. */

import { useMemo } from 'preact/hooks';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { SortingApi, type Team } from '../../sorting-api.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useSettingChanges } from '../../state/use-setting-changes.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { KeptList } from './sorting/kept-list.tsx';
import { TeamDialog } from './sorting/team-dialog.tsx';

export default function TeamsPage({ workspace }: SettingsPageProps) {
  const words = text.sorting.teams;
  const sorting = useMemo(() => new SortingApi(workspace.http), [workspace]);
  const loaded = useLoaded(async () => {
    const [teams, agents] = await Promise.all([sorting.teams(), sorting.agents()]);
    return { teams, agents };
  });
  useSettingChanges(workspace, ['teams', 'agents'], () => void loaded.reload());
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const { teams, agents } = loaded.value;
  const names = ({ agent_ids }: Team) => agents.filter(({ id }) => agent_ids.includes(id)).map(({ name }) => name);
  return (
    <KeptList
      workspace={workspace}
      title={text.settings.titles.teams}
      words={words}
      rows={teams}
      columns={[
        { title: words.name, cell: ({ name }) => <bdi class="sorting-name">{name}</bdi> },
        { title: words.agents, cell: (team) => <span class="sorting-detail">{names(team).join(', ') || words.nobody}</span> },
      ]}
      dialog={(team, on) => <TeamDialog sorting={sorting} team={team} agents={agents} {...on} />}
      remove={({ id }) => sorting.deleteTeam(id)}
      onChanged={() => void loaded.reload()}
    />
  );
}
