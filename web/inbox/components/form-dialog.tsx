/** A dialog with a form in it, which is sent from the dialog's foot, and by Enter in a field. */

import type { ComponentChildren } from 'preact';
import type { Form } from '../state/use-form.ts';
import { text } from '../text.ts';
import { Dialog, type DialogProps } from './dialog.tsx';
import { FormNotice } from './form-notice.tsx';

export interface FormDialogProps extends Pick<DialogProps, 'title' | 'size' | 'onClose'> {
  form: Pick<Form, 'form' | 'general' | 'busy' | 'send'>;
  /** What the button says that sends it; `Save`, unless it is said. */
  confirm?: string;
  children: ComponentChildren;
}

export function FormDialog({ form, confirm, onClose, children, ...dialog }: FormDialogProps) {
  return (
    <Dialog
      {...dialog}
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--primary" type="button" aria-disabled={form.busy} onClick={form.send}>
            {confirm ?? (form.busy ? text.saving : text.save)}
          </button>
        </>
      }
    >
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        {children}
        {/* Without a button of its own, Enter would send no form of several fields. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
