import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { Card } from '../components/card.tsx';
import { Field } from '../components/field.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { PasswordField } from '../components/password-field.tsx';
import type { Account } from '../state/account.ts';
import { emailErrors, focusFirstInvalid, NO_PROBLEM, problemOf, type FormProblem } from '../state/form.ts';
import { text } from '../text.ts';

type Name = 'email' | 'password' | 'code';

export interface LoginPageProps {
  account: Account;
  /** Nobody can log in yet. */
  setupRequired: boolean;
  expired: boolean;
}

export function LoginPage({ account, setupRequired, expired }: LoginPageProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  /** Null as long as none was asked for. */
  const [code, setCode] = useState<string | null>(null);
  const [problem, setProblem] = useState<FormProblem<Name>>(NO_PROBLEM);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const emailInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);
  const codeInput = useRef<HTMLInputElement>(null);

  useEffect(() => (code === null ? emailInput : codeInput).current?.focus(), [code === null]);
  useEffect(() => focusFirstInvalid(form.current), [problem]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const fields = {
      email: emailErrors(email),
      password: password ? undefined : [text.form.required.password],
    };
    const typed = code?.trim() || null;
    if (fields.email || fields.password) {
      setProblem({ fields, general: null });
      return;
    }
    setProblem(NO_PROBLEM);
    setBusy(true);
    try {
      await account.logIn(email.trim(), password, typed);
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.body['two_factor_required'] === true) {
        setCode('');
        if (typed !== null) setProblem({ fields: { code: [text.people.login.codeWrong] }, general: null });
        return;
      }
      const wrong = error.status === 401;
      setProblem(wrong ? { fields: {}, general: text.login.wrong } : problemOf(error, ['email', 'password', 'code']));
      if (wrong) passwordInput.current?.select();
    } finally {
      setBusy(false);
    }
  };

  if (code !== null) {
    return (
      <Card title={text.login.title} intro={text.people.login.codeIntro}>
        <form class="form" ref={form} noValidate onSubmit={(event) => void submit(event)}>
          <FormNotice message={problem.general} />
          <Field
            id="code"
            label={text.people.login.code}
            hint={text.people.login.codeHint}
            autocomplete="one-time-code"
            value={code}
            onValue={setCode}
            errors={problem.fields.code}
            inputRef={codeInput}
          />
          <button class="button button--primary button--wide" type="submit" aria-disabled={busy}>
            {busy ? text.login.submitting : text.login.submit}
          </button>
          <button
            class="button button--quiet button--wide"
            type="button"
            onClick={() => {
              setCode(null);
              setPassword('');
              setProblem(NO_PROBLEM);
            }}
          >
            {text.people.login.back}
          </button>
        </form>
      </Card>
    );
  }
  const notice = setupRequired ? text.login.setupRequired : expired ? text.login.expired : null;
  return (
    <Card title={text.login.title} intro={text.login.intro}>
      <FormNotice message={notice} tone="info" />
      <form class="form" ref={form} noValidate onSubmit={(event) => void submit(event)}>
        <FormNotice message={problem.general} />
        <Field
          id="email"
          label={text.form.email}
          type="email"
          autocomplete="username"
          value={email}
          onValue={setEmail}
          errors={problem.fields.email}
          inputRef={emailInput}
        />
        <PasswordField
          id="password"
          label={text.form.password}
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
          errors={problem.fields.password}
          inputRef={passwordInput}
        />
        <button class="button button--primary button--wide" type="submit" aria-disabled={busy}>
          {busy ? text.login.submitting : text.login.submit}
        </button>
      </form>
    </Card>
  );
}
