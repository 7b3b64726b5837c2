/** The labels of the team. */

import { useMemo } from 'preact/hooks';
import { LabelChip } from '../../components/label-chip.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { SortingApi } from '../../sorting-api.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useSettingChanges } from '../../state/use-setting-changes.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { KeptList } from './sorting/kept-list.tsx';
import { LabelDialog } from './sorting/label-dialog.tsx';

export default function LabelsPage({ workspace }: SettingsPageProps) {
  const words = text.sorting.labels;
  const sorting = useMemo(() => new SortingApi(workspace.http), [workspace]);
  const loaded = useLoaded(() => sorting.labels());
  useSettingChanges(workspace, ['labels'], () => void loaded.reload());
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  return (
    <KeptList
      workspace={workspace}
      title={text.settings.titles.labels}
      words={words}
      rows={loaded.value}
      columns={[{ title: words.name, cell: ({ name, color }) => <LabelChip name={name} color={color} /> }]}
      dialog={(label, on) => <LabelDialog sorting={sorting} label={label} {...on} />}
      remove={({ id }) => sorting.deleteLabel(id)}
      onChanged={() => void loaded.reload()}
    />
  );
}
