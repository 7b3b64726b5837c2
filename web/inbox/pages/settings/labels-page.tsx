/** The labels of the team. */

import { useMemo, useState } from 'preact/hooks';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { LabelChip } from '../../components/label-chip.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { Menu } from '../../components/menu.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { SortingApi, type Label } from '../../sorting-api.ts';
import { useFollowed } from '../../state/use-followed.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { LabelDialog } from './sorting/label-dialog.tsx';

export default function LabelsPage({ workspace }: SettingsPageProps) {
  const words = text.sorting.labels;
  const sorting = useMemo(() => new SortingApi(workspace.http), [workspace]);
  const [editing, setEditing] = useState<Label | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Label | null>(null);
  const loaded = useLoaded(() => sorting.labels());
  useFollowed(workspace, ['labels'], loaded.reload);
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;

  const columns: Column<Label>[] = [
    { title: words.name, cell: (label) => <LabelChip name={label.name} color={label.color} /> },
    {
      title: '',
      align: 'end',
      cell: (label) => (
        <Menu
          label={text.sorting.actionsFor(label.name)}
          items={[
            { label: text.edit, onSelect: () => setEditing(label) },
            { label: text.delete, dangerous: true, onSelect: () => setDeleting(label) },
          ]}
        >
          <MoreIcon />
        </Menu>
      ),
    },
  ];
  return (
    <SettingsSection
      title={text.settings.titles.labels}
      intro={words.intro}
      actions={
        <button class="button button--primary" type="button" onClick={() => setEditing('new')}>
          {words.create}
        </button>
      }
    >
      {loaded.value.length === 0 ? (
        <p class="settings-section__empty">{words.empty}</p>
      ) : (
        <Table caption={text.settings.titles.labels} columns={columns} rows={loaded.value} rowKey={({ id }) => id} />
      )}
      {editing && (
        <LabelDialog
          sorting={sorting}
          label={editing === 'new' ? null : editing}
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
            await sorting.deleteLabel(deleting.id);
            workspace.toasts.show(words.deleted);
            void loaded.reload();
          }}
        />
      )}
    </SettingsSection>
  );
}
