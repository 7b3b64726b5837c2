/** A new password, with the old one. */

import { FormNotice } from '../../../components/form-notice.tsx';
import { PasswordField } from '../../../components/password-field.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import { PASSWORD_MIN_CHARACTERS, type PeopleApi } from '../../../people-api.ts';
import { useForm } from '../../../state/use-form.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';

export interface PasswordSectionProps {
  workspace: Workspace;
  people: PeopleApi;
  /** The other sessions have ended. */
  onChanged(): void;
}

export function PasswordSection({ workspace, people, onChanged }: PasswordSectionProps) {
  const words = text.people.password;
  const form = useForm({
    initial: { current: '', password: '' },
    check: ({ password }) => ({
      password:
        [...password].length < PASSWORD_MIN_CHARACTERS ? [text.form.passwordShort(PASSWORD_MIN_CHARACTERS)] : undefined,
    }),
    submit: async ({ current, password }) => {
      await people.changePassword(current, password);
      form.set({ current: '', password: '' });
      workspace.toasts.show(words.changed);
      onChanged();
    },
  });
  return (
    <SettingsSection title={words.title} intro={words.intro}>
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        <PasswordField {...form.bind('current')} label={text.people.currentPassword} autocomplete="current-password" />
        <PasswordField
          {...form.bind('password')}
          label={text.people.newPassword}
          hint={text.form.passwordHint(PASSWORD_MIN_CHARACTERS)}
          autocomplete="new-password"
        />
        <button class="button button--primary" type="submit" aria-disabled={form.busy}>
          {words.change}
        </button>
      </form>
    </SettingsSection>
  );
}
