/** Logging in: with an agent's account, or with the password of a server that has no accounts. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Field } from '../../inbox/components/field.tsx';
import { FormNotice } from '../../inbox/components/form-notice.tsx';
import { PasswordField } from '../../inbox/components/password-field.tsx';
import { problemOf } from '../../inbox/state/form.ts';
import { toApiError } from '../../shared/api.ts';
import { Notice } from '../components/notice.tsx';
import type { Session } from '../state/session.ts';

export interface LoginPageProps {
  session: Session;
  passwordOnly: boolean;
  expired: boolean;
}

export function LoginPage({ session, passwordOnly, expired }: LoginPageProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const firstInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);

  useEffect(() => (passwordOnly ? passwordInput : firstInput).current?.focus(), [passwordOnly]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (!password || (!passwordOnly && !email.trim())) {
      setProblem(passwordOnly ? 'Enter the password.' : 'Enter your e-mail address and your password.');
      return;
    }
    setProblem(null);
    setBusy(true);
    try {
      await session.logIn(email.trim(), password);
    } catch (thrown) {
      const error = toApiError(thrown);
      const wrong = passwordOnly ? 'That is not the password.' : 'The e-mail address or the password is wrong.';
      setProblem(error.status === 401 ? wrong : problemOf(error, []).general);
      passwordInput.current?.select();
    } finally {
      setBusy(false);
    }
  };

  const intro = passwordOnly
    ? 'The server printed the password when it started, unless ANTIPHON_CONSOLE_PASSWORD sets one.'
    : 'With the account of an agent who has the admin role.';
  return (
    <Notice title="Log in" intro={intro}>
      <FormNotice message={expired ? 'Your session has ended. Please log in again.' : null} tone="info" />
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        <FormNotice message={problem} />
        {!passwordOnly && (
          <Field id="email" label="E-mail" type="email" autocomplete="username" value={email} onValue={setEmail} inputRef={firstInput} />
        )}
        <PasswordField
          id="password"
          label="Password"
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
          inputRef={passwordInput}
        />
        <button class="button button--primary button--wide" type="submit" aria-disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
    </Notice>
  );
}
