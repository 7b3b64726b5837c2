/** Name and login. */

import { Field } from '../../../components/field.tsx';
import { FormNotice } from '../../../components/form-notice.tsx';
import { PasswordField } from '../../../components/password-field.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import type { PeopleApi } from '../../../people-api.ts';
import { useForm } from '../../../state/use-form.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';

export function ProfileSection({ workspace, people }: { workspace: Workspace; people: PeopleApi }) {
  const words = text.people.profile;
  const { agent } = workspace;
  const form = useForm({
    initial: { name: agent.name, email: agent.email, current_password: '' },
    submit: async ({ name, email, current_password }) => {
      const moved = email.trim().toLowerCase() !== agent.email;
      const changes = moved ? { name, email, current_password } : { name };
      const answer = await people.updateAccount(changes);
      Object.assign(agent, answer.agent);
      form.set({ name: agent.name, email: agent.email, current_password: '' });
      workspace.toasts.show(words.saved);
    },
  });
  const moves = form.values.email.trim().toLowerCase() !== agent.email;
  return (
    <SettingsSection title={words.title} intro={words.intro}>
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        <Field {...form.bind('name')} label={text.form.name} autocomplete="name" />
        <Field {...form.bind('email')} label={text.form.email} hint={words.emailHint} type="email" autocomplete="username" />
        {moves && (
          <PasswordField
            {...form.bind('current_password')}
            label={text.people.currentPassword}
            hint={words.passwordForEmail}
            autocomplete="current-password"
          />
        )}
        <button class="button button--primary" type="submit" aria-disabled={form.busy}>
          {form.busy ? text.saving : text.save}
        </button>
      </form>
    </SettingsSection>
  );
}
