/** Gives a saved view another name. */

import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
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
    <FormDialog title={words.rename} size="small" onClose={onClose} form={form}>
      <Field {...form.bind('name')} label={words.name} autocomplete="off" />
    </FormDialog>
  );
}
