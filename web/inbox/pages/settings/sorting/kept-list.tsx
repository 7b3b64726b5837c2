/** A page of what an administrator keeps by name, such as labels and teams: listed, made, edited, and deleted after a question. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { MoreIcon } from '../../../components/icons.tsx';
import { Menu } from '../../../components/menu.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import { Table, type Column } from '../../../components/table.tsx';
import { text } from '../../../text.ts';
import type { Workspace } from '../../../state/workspace.ts';

export interface KeptListProps<Row> {
  workspace: Workspace;
  title: string;
  words: {
    intro: string;
    create: string;
    empty: string;
    deleteTitle(name: string): string;
    deleteExplained: string;
    delete: string;
    deleted: string;
  };
  rows: readonly Row[];
  /** All but that of what can be done. */
  columns: readonly Column<Row>[];
  /** The dialog that makes a row (null) or edits one. */
  dialog(row: Row | null, on: { onSaved(): void; onClose(): void }): ComponentChildren;
  remove(row: Row): Promise<void>;
  /** Something was changed. */
  onChanged(): void;
}

export function KeptList<Row extends { id: number; name: string }>(props: KeptListProps<Row>) {
  const { workspace, title, words, rows, dialog, remove, onChanged } = props;
  const [editing, setEditing] = useState<Row | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Row | null>(null);
  const actions: Column<Row> = {
    title: '',
    align: 'end',
    cell: (row) => (
      <Menu
        label={text.sorting.actionsFor(row.name)}
        items={[
          { label: text.edit, onSelect: () => setEditing(row) },
          { label: text.delete, dangerous: true, onSelect: () => setDeleting(row) },
        ]}
      >
        <MoreIcon />
      </Menu>
    ),
  };
  const changed = (told: string) => {
    workspace.toasts.show(told);
    onChanged();
  };
  return (
    <SettingsSection
      title={title}
      intro={words.intro}
      actions={
        <button class="button button--primary" type="button" onClick={() => setEditing('new')}>
          {words.create}
        </button>
      }
    >
      {rows.length === 0 ? (
        <p class="settings-section__empty">{words.empty}</p>
      ) : (
        <Table caption={title} columns={[...props.columns, actions]} rows={rows} rowKey={({ id }) => id} />
      )}
      {editing && dialog(editing === 'new' ? null : editing, { onSaved: () => changed(text.saved), onClose: () => setEditing(null) })}
      {deleting && (
        <ConfirmDialog
          title={words.deleteTitle(deleting.name)}
          explanation={words.deleteExplained}
          confirm={words.delete}
          dangerous
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await remove(deleting);
            changed(words.deleted);
          }}
        />
      )}
    </SettingsSection>
  );
}
