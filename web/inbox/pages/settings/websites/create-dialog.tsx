/** Makes a website: its name and where its widget may run. Then shows the secret for signed identities, once. */

import { useState } from 'preact/hooks';
import { CopyField } from '../../../components/copy-field.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import { TextAreaField } from '../../../components/text-area-field.tsx';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';
import type { Widget, WidgetsApi, WidgetWithSecret } from '../../../widgets-api.ts';
import { linesOf } from './lines.ts';

export interface CreateDialogProps {
  api: WidgetsApi;
  onCreated(widget: Widget): void;
  onClose(): void;
}

export function CreateDialog({ api, onCreated, onClose }: CreateDialogProps) {
  const words = text.websites;
  const [made, setMade] = useState<WidgetWithSecret | null>(null);
  const form = useForm({
    initial: { name: '', domains: '' },
    check: ({ name, domains }) => ({
      name: name.trim() ? undefined : [words.nameRequired],
      domains: linesOf(domains).length > 0 ? undefined : [words.domainsRequired],
    }),
    submit: async ({ name, domains }) => setMade(await api.create({ name, domains: linesOf(domains) })),
  });
  if (made) {
    const done = () => onCreated(made.widget);
    return (
      <Dialog
        title={words.createdTitle}
        onClose={done}
        actions={
          <button class="button button--primary" type="button" onClick={done}>
            {words.toInstallation}
          </button>
        }
      >
        <p class="website-secret__intro">{words.createdIntro}</p>
        <CopyField id="identity-secret" label={words.identitySecret} value={made.identity_secret} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={words.add}
      onClose={onClose}
      actions={
        <>
          <button class="button" type="button" onClick={onClose}>
            {text.cancel}
          </button>
          <button class="button button--primary" type="submit" form="website-form" aria-disabled={form.busy}>
            {words.create}
          </button>
        </>
      }
    >
      <form id="website-form" class="form" {...form.form}>
        <Field {...form.bind('name')} label={words.name} hint={words.nameHint} />
        <TextAreaField {...form.bind('domains')} label={words.domains} hint={words.domainsHint} rows={3} />
        <FormNotice message={form.general} />
      </form>
    </Dialog>
  );
}
