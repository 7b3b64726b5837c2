/** Invites somebody: who and as what, and then the link to hand on. */

import { useState } from 'preact/hooks';
import { CopyField } from '../../../components/copy-field.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { SelectField } from '../../../components/select-field.tsx';
import { ROLES, type PeopleApi, type Role } from '../../../people-api.ts';
import { emailErrors } from '../../../state/form.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';

export interface InviteDialogProps {
  people: PeopleApi;
  onInvited(): void;
  onClose(): void;
}

export function InviteDialog({ people, onInvited, onClose }: InviteDialogProps) {
  const words = text.people.agents;
  const [made, setMade] = useState<{ email: string; url: string } | null>(null);
  const form = useForm({
    initial: { email: '', name: '', role: 'agent' as Role },
    check: ({ email }) => ({ email: emailErrors(email) }),
    submit: async ({ email, name, role }) => {
      const { invitation, url } = await people.invite(email.trim(), name.trim(), role);
      setMade({ email: invitation.email, url });
      onInvited();
    },
  });
  if (made) {
    return <LinkDialog key="link" title={words.linkTitle} intro={words.linkIntro(made.email)} url={made.url} onClose={onClose} />;
  }
  return (
    <FormDialog title={words.inviteTitle} onClose={onClose} confirm={words.createLink} form={form}>
      <p>{words.inviteIntro}</p>
      <Field {...form.bind('email')} label={text.form.email} type="email" autocomplete="off" />
      <Field {...form.bind('name')} label={text.form.name} hint={words.inviteNameHint} autocomplete="off" />
      <SelectField
        {...form.bind('role')}
        label={text.people.role}
        hint={text.people.roleHints[form.values.role]}
        options={ROLES.map((value) => ({ value, label: text.people.roles[value] }))}
      />
    </FormDialog>
  );
}

/** A link at the one moment at which it is shown. */
export function LinkDialog({ title, intro, url, onClose }: { title: string; intro: string; url: string; onClose(): void }) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <button class="button button--primary" type="button" onClick={onClose}>
          {text.people.done}
        </button>
      }
    >
      <div class="form">
        <p>{intro}</p>
        <CopyField id="link" label={text.people.agents.link} value={url} />
      </div>
    </Dialog>
  );
}
