/** The saved views: one's own, and those that all agents have. They are made from the list, and kept in order here. */

import { useMemo, useState } from 'preact/hooks';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { Menu, type MenuItem } from '../../components/menu.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { toApiError } from '../../../shared/api.ts';
import { SortingApi, type SavedView } from '../../sorting-api.ts';
import { problemOf } from '../../state/form.ts';
import { may } from '../../state/permissions.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useSettingChanges } from '../../state/use-setting-changes.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';
import { RenameDialog } from './sorting/rename-dialog.tsx';

export default function ViewsPage({ workspace }: SettingsPageProps) {
  const words = text.sorting.views;
  const sorting = useMemo(() => new SortingApi(workspace.http), [workspace]);
  const [renaming, setRenaming] = useState<SavedView | null>(null);
  const [deleting, setDeleting] = useState<SavedView | null>(null);
  const loaded = useLoaded(() => sorting.views());
  useSettingChanges(workspace, ['views'], () => void loaded.reload());
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const administers = may(workspace.agent.role, 'administer');

  const share = async (view: SavedView, shared: boolean) => {
    try {
      await sorting.updateView(view.id, { shared });
      workspace.toasts.show(text.saved);
    } catch (thrown) {
      workspace.toasts.show(problemOf(toApiError(thrown), []).general ?? text.unexpected, { tone: 'error' });
    }
    void loaded.reload();
  };
  const items = (view: SavedView): MenuItem[] => [
    { label: words.rename, onSelect: () => setRenaming(view) },
    ...(administers
      ? [{ label: view.shared ? words.unshare : words.share, onSelect: () => void share(view, !view.shared) }]
      : []),
    { label: text.delete, dangerous: true, onSelect: () => setDeleting(view) },
  ];
  const columns: Column<SavedView>[] = [
    { title: words.name, cell: (view) => <bdi class="sorting-name">{view.name}</bdi> },
    {
      title: words.who,
      cell: (view) => <span class="sorting-detail">{view.shared ? words.everybody : words.onlyYou}</span>,
    },
    {
      title: '',
      align: 'end',
      cell: (view) =>
        (administers || !view.shared) && (
          <Menu label={text.sorting.actionsFor(view.name)} items={items(view)}>
            <MoreIcon />
          </Menu>
        ),
    },
  ];
  return (
    <SettingsSection title={text.settings.titles.views} intro={words.intro}>
      {loaded.value.length === 0 ? (
        <p class="settings-section__empty">{words.empty}</p>
      ) : (
        <Table caption={text.settings.titles.views} columns={columns} rows={loaded.value} rowKey={({ id }) => id} />
      )}
      {renaming && (
        <RenameDialog
          sorting={sorting}
          view={renaming}
          onSaved={() => {
            workspace.toasts.show(text.saved);
            void loaded.reload();
          }}
          onClose={() => setRenaming(null)}
        />
      )}
      {deleting && (
        <ConfirmDialog
          title={words.deleteTitle(deleting.name)}
          explanation={deleting.shared ? words.deleteSharedExplained : words.deleteExplained}
          confirm={words.delete}
          dangerous
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await sorting.deleteView(deleting.id);
            workspace.toasts.show(words.deleted);
            void loaded.reload();
          }}
        />
      )}
    </SettingsSection>
  );
}
