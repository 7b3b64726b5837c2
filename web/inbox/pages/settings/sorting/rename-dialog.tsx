/** Gives a saved view another name. */

import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import type { SavedView, SortingApi } from '../../../sorting-api.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';

export interface RenameDialogProps {
  sorting: SortingApi;
  view: SavedView;
  onSaved(): void;
  onClose(): void;
}

export function RenameDialog({ sorting, view, onSaved, onClose }: RenameDialogProps) {
  const words = text.sorting.views;
  const form = useForm({
    initial: { name: view.name },
    check: ({ name }) => ({ name: name.trim() ? undefined : [text.sorting.nameRequired] }),
    submit: async ({ name }) => {
      await sorting.updateView(view.id, { name });
      onSaved();
      onClose();
    },
  });
  return (
    <Dialog
      title={words.rename}
      size="small"
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--primary" type="button" aria-disabled={form.busy} onClick={form.send}>
            {form.busy ? text.saving : text.save}
          </button>
        </>
      }
    >
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        <Field {...form.bind('name')} label={words.name} autocomplete="off" />
      </form>
    </Dialog>
  );
}
