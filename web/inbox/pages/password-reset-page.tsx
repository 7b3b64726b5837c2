/** A new password, by the link that an administrator handed on. */

import { useEffect, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { Card } from '../components/card.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { Link } from '../components/link.tsx';
import { PasswordField } from '../components/password-field.tsx';
import { PASSWORD_MIN_CHARACTERS } from '../people-api.ts';
import { useForm } from '../state/use-form.ts';
import { text } from '../text.ts';
import type { LinkPageProps } from './invitation-page.tsx';

type Check = { is: 'checking' | 'invalid' | 'failed' | 'done' } | { is: 'valid'; email: string };

export function PasswordResetPage({ token, account, router }: LinkPageProps) {
  const words = text.people.reset;
  const [check, setCheck] = useState<Check>({ is: token ? 'checking' : 'invalid' });

  const ask = async () => {
    if (!token) return;
    setCheck({ is: 'checking' });
    try {
      setCheck({ is: 'valid', email: (await account.people.checkPasswordReset(token)).email });
    } catch (thrown) {
      setCheck({ is: toApiError(thrown).transient ? 'failed' : 'invalid' });
    }
  };
  useEffect(() => void ask(), []);

  const toLogin = (
    <Link class="button button--wide" router={router} to={{ page: 'login', next: null }}>
      {words.toLogin}
    </Link>
  );
  if (!token || check.is === 'invalid') {
    return (
      <Card title={words.invalidTitle} intro={words.invalid}>
        {toLogin}
      </Card>
    );
  }
  if (check.is === 'done') {
    return (
      <Card title={words.doneTitle} intro={words.done}>
        {toLogin}
      </Card>
    );
  }
  if (check.is === 'valid') {
    const { email } = check;
    return <ResetForm token={token} account={account} router={router} email={email} onEnd={(is) => setCheck({ is })} />;
  }
  return (
    <Card title={words.title} intro={check.is === 'checking' ? text.people.invitation.checking : undefined}>
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

interface ResetFormProps extends LinkPageProps {
  token: string;
  email: string;
  /** The password is set, or the link stopped being valid. */
  onEnd(how: 'done' | 'invalid'): void;
}

function ResetForm({ token, account, email, onEnd }: ResetFormProps) {
  const words = text.people.reset;
  const form = useForm({
    initial: { password: '' },
    check: ({ password }) => ({
      password:
        [...password].length < PASSWORD_MIN_CHARACTERS ? [text.form.passwordShort(PASSWORD_MIN_CHARACTERS)] : undefined,
    }),
    submit: async ({ password }) => {
      try {
        await account.people.resetPassword(token, password);
        onEnd('done');
      } catch (thrown) {
        if (toApiError(thrown).status === 403) return onEnd('invalid');
        throw thrown;
      }
    },
  });
  return (
    <Card title={words.title} intro={words.intro(email)}>
      <form class="form" {...form.form}>
        <FormNotice message={form.general} />
        <input class="visually-hidden" type="email" autocomplete="username" value={email} readOnly tabIndex={-1} aria-hidden="true" />
        <PasswordField
          {...form.bind('password')}
          label={text.people.newPassword}
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
