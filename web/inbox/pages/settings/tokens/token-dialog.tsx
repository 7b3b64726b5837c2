/** Creates an API token: what for, what it may, how long; and then the token itself, once. */

import { useState } from 'preact/hooks';
import { CopyField } from '../../../components/copy-field.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { SelectField } from '../../../components/select-field.tsx';
import { SCOPES, type PeopleApi, type Scope } from '../../../people-api.ts';
import { may, type Permission } from '../../../state/permissions.ts';
import { useForm } from '../../../state/use-form.ts';
import { text } from '../../../text.ts';

export interface TokenDialogProps {
  people: PeopleApi;
  role: string;
  onCreated(): void;
  onClose(): void;
}

const LIFETIMES = ['30', '90', '365', 'forever'] as const;
const PERMISSIONS: Record<Scope, Permission> = { read: 'read', answer: 'answer', admin: 'administer' };

export function TokenDialog({ people, role, onCreated, onClose }: TokenDialogProps) {
  const words = text.people.tokens;
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(['read']));
  const [missing, setMissing] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  // A scope that the role does not have would open nothing.
  const offered = SCOPES.filter((scope) => may(role, PERMISSIONS[scope]));
  const form = useForm({
    initial: { name: '', lifetime: '90' as (typeof LIFETIMES)[number] },
    submit: async ({ name, lifetime }) => {
      setMissing(scopes.size === 0);
      if (scopes.size === 0) return;
      const chosen = offered.filter((scope) => scopes.has(scope));
      const made = await people.createToken(name, chosen, lifetime === 'forever' ? null : Number(lifetime));
      setSecret(made.secret);
      onCreated();
    },
  });
  const toggle = (scope: Scope) => {
    const next = new Set(scopes);
    if (!next.delete(scope)) next.add(scope);
    setScopes(next);
  };

  if (secret) {
    return (
      <Dialog
        key="secret"
        title={words.secretTitle}
        onClose={onClose}
        actions={
          <button class="button button--primary" type="button" onClick={onClose}>
            {text.people.done}
          </button>
        }
      >
        <div class="form">
          <p>{words.secretIntro}</p>
          <CopyField id="secret" label={words.secret} value={secret} />
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog title={words.createTitle} onClose={onClose} confirm={words.create} form={form}>
      <Field {...form.bind('name')} label={words.nameLabel} autocomplete="off" />
      <fieldset class="choices" aria-describedby={missing ? 'scopes-missing' : undefined}>
        <legend class="field__label">{words.scopesLabel}</legend>
        {offered.map((scope) => (
          <label class="choices__choice" key={scope}>
            <input type="checkbox" checked={scopes.has(scope)} onChange={() => toggle(scope)} />
            {words.scopes[scope]}
          </label>
        ))}
        {missing && (
          <p class="field__errors" id="scopes-missing" role="alert">
            {words.scopesRequired}
          </p>
        )}
      </fieldset>
      <SelectField
        {...form.bind('lifetime')}
        label={words.lifetime}
        options={LIFETIMES.map((value) => ({ value, label: words.lifetimes[value] }))}
      />
    </FormDialog>
  );
}
