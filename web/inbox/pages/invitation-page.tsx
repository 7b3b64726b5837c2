/** An invited person comes in: name and password, and the inbox opens. */

import { useEffect, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { Card } from '../components/card.tsx';
import { Field } from '../components/field.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { Link } from '../components/link.tsx';
import { PasswordField } from '../components/password-field.tsx';
import { PASSWORD_MIN_CHARACTERS, type Invitation } from '../people-api.ts';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import type { Account } from '../state/account.ts';
import { useForm } from '../state/use-form.ts';
import { text } from '../text.ts';

export interface LinkPageProps {
  token: string | null;
  account: Account;
  router: Router;
}

type Check = { is: 'checking' | 'invalid' | 'failed' } | { is: 'valid'; invitation: Invitation };

export function InvitationPage({ token, account, router }: LinkPageProps) {
  const words = text.people.invitation;
  const [check, setCheck] = useState<Check>({ is: token ? 'checking' : 'invalid' });

  const ask = async () => {
    if (!token) return;
    setCheck({ is: 'checking' });
    try {
      setCheck({ is: 'valid', invitation: await account.people.checkInvitation(token) });
    } catch (thrown) {
      setCheck({ is: toApiError(thrown).transient ? 'failed' : 'invalid' });
    }
  };
  useEffect(() => void ask(), []);

  if (!token || check.is === 'invalid') {
    return (
      <Card title={words.invalidTitle} intro={words.invalid}>
        <Link class="button button--wide" router={router} to={{ page: 'login', next: null }}>
          {text.setup.toLogin}
        </Link>
      </Card>
    );
  }
  if (check.is === 'valid') {
    const invalid = () => setCheck({ is: 'invalid' });
    return <InvitationForm token={token} account={account} router={router} invitation={check.invitation} onInvalid={invalid} />;
  }
  return (
    <Card title={words.title} intro={check.is === 'checking' ? words.checking : undefined}>
      {check.is === 'failed' && (
        <>
          <FormNotice message={text.unreachable} />
          <button class="button button--wide" type="button" onClick={() => void ask()}>
            {text.retry}
          </button>
        </>
      )}
    </Card>
  );
}

interface InvitationFormProps extends LinkPageProps {
  token: string;
  invitation: Invitation;
  /** The link stopped being valid while the form was filled in. */
  onInvalid(): void;
}

function InvitationForm({ token, account, router, invitation, onInvalid }: InvitationFormProps) {
  const words = text.people.invitation;
  const form = useForm({
    initial: { name: invitation.name ?? '', password: '' },
    check: ({ name, password }) => ({
      name: name.trim() ? undefined : [text.form.required.name],
      password:
        [...password].length < PASSWORD_MIN_CHARACTERS ? [text.form.passwordShort(PASSWORD_MIN_CHARACTERS)] : undefined,
    }),
    submit: async ({ name, password }) => {
      try {
        await account.acceptInvitation(token, name.trim(), password);
      } catch (thrown) {
        if (toApiError(thrown).status === 403) return onInvalid();
        throw thrown;
      }
      // The address held the token; it does not stay in the history.
      router.go(inboxRoute(null), 'replace');
    },
  });
  return (
    <Card title={words.title} intro={words.intro(invitation.email)}>
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        {/* For the password manager, which keeps it with the new password. */}
        <input class="visually-hidden" type="email" autocomplete="username" value={invitation.email} readOnly tabIndex={-1} aria-hidden="true" />
        <Field {...form.bind('name')} label={text.form.name} hint={text.form.nameHint} autocomplete="name" />
        <PasswordField
          {...form.bind('password')}
          label={text.form.password}
          hint={text.form.passwordHint(PASSWORD_MIN_CHARACTERS)}
          autocomplete="new-password"
        />
        <button class="button button--primary button--wide" type="submit" aria-disabled={form.busy}>
          {form.busy ? words.submitting : words.submit}
        </button>
      </form>
    </Card>
  );
}
