import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { Card } from '../components/card.tsx';
import { Field } from '../components/field.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { Link } from '../components/link.tsx';
import { PasswordField } from '../components/password-field.tsx';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import type { Account } from '../state/account.ts';
import {
  emailErrors,
  focusFirstInvalid,
  NO_PROBLEM,
  problemOf,
  type FieldErrors,
  type FormProblem,
} from '../state/form.ts';
import { text } from '../text.ts';

export interface SetupPageProps {
  token: string | null;
  account: Account;
  router: Router;
}

type Check = 'checking' | 'valid' | 'invalid' | 'failed';

export function SetupPage({ token, account, router }: SetupPageProps) {
  const [check, setCheck] = useState<Check>(token ? 'checking' : 'invalid');

  const ask = async () => {
    if (!token) return;
    setCheck('checking');
    try {
      setCheck((await account.api.checkSetup(token)) ? 'valid' : 'invalid');
    } catch (thrown) {
      setCheck(toApiError(thrown).transient ? 'failed' : 'invalid');
    }
  };
  useEffect(() => void ask(), []);

  if (!token || check === 'invalid') {
    return (
      <Card title={text.setup.invalidTitle} intro={token ? text.setup.invalid : text.setup.missing}>
        <Link class="button button--wide" router={router} to={{ page: 'login', next: null }}>
          {text.setup.toLogin}
        </Link>
      </Card>
    );
  }
  if (check === 'valid') {
    return <SetupForm token={token} account={account} router={router} onInvalid={() => setCheck('invalid')} />;
  }
  return (
    <Card title={text.setup.title} intro={check === 'checking' ? text.setup.checking : undefined}>
      {check === 'failed' && (
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

type Name = 'name' | 'email' | 'password';

const NAMES = ['name', 'email', 'password'] as const;
/** The server's rule; said here so that it can be kept without a first failure. */
const PASSWORD_MIN_CHARACTERS = 10;

interface SetupFormProps extends SetupPageProps {
  token: string;
  /** The token stopped being valid while the form was filled in. */
  onInvalid(): void;
}

function SetupForm({ token, account, router, onInvalid }: SetupFormProps) {
  const [values, setValues] = useState<Record<Name, string>>({ name: '', email: '', password: '' });
  const [problem, setProblem] = useState<FormProblem<Name>>(NO_PROBLEM);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const nameInput = useRef<HTMLInputElement>(null);

  useEffect(() => nameInput.current?.focus(), []);
  useEffect(() => focusFirstInvalid(form.current), [problem]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const fields = errorsOf(values);
    setProblem({ fields, general: null });
    if (Object.values(fields).some(Boolean)) return;
    setBusy(true);
    try {
      const { name, email, password } = values;
      await account.setUp({ token, name: name.trim(), email: email.trim(), password });
      // The address held the token; it does not stay in the history.
      router.go(inboxRoute(null), 'replace');
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status === 403) onInvalid();
      else setProblem(problemOf(error, NAMES));
    } finally {
      setBusy(false);
    }
  };

  const bind = (name: Name) => ({
    id: name,
    label: text.form[name],
    value: values[name],
    onValue: (value: string) => setValues((before) => ({ ...before, [name]: value })),
    errors: problem.fields[name],
  });
  return (
    <Card title={text.setup.title} intro={text.setup.intro}>
      <form class="form" ref={form} noValidate onSubmit={(event) => void submit(event)}>
        <FormNotice message={problem.general} />
        <Field {...bind('name')} hint={text.form.nameHint} autocomplete="name" inputRef={nameInput} />
        <Field {...bind('email')} type="email" autocomplete="username" />
        <PasswordField
          {...bind('password')}
          hint={text.form.passwordHint(PASSWORD_MIN_CHARACTERS)}
          autocomplete="new-password"
        />
        <button class="button button--primary button--wide" type="submit" aria-disabled={busy}>
          {busy ? text.setup.submitting : text.setup.submit}
        </button>
      </form>
    </Card>
  );
}

function errorsOf({ name, email, password }: Record<Name, string>): FieldErrors<Name> {
  const tooShort = [...password].length < PASSWORD_MIN_CHARACTERS;
  return {
    name: name.trim() ? undefined : [text.form.required.name],
    email: emailErrors(email),
    password: tooShort ? [text.form.passwordShort(PASSWORD_MIN_CHARACTERS)] : undefined,
  };
}
