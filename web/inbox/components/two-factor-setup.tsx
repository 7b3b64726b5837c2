/** Setting up a second factor: the QR code, the proof that the app has it, and then the recovery codes. */

import { useEffect, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import type { PeopleApi, TwoFactorSecret } from '../people-api.ts';
import { problemOf } from '../state/form.ts';
import { useForm } from '../state/use-form.ts';
import { text } from '../text.ts';
import { CopyField } from './copy-field.tsx';
import { Field } from './field.tsx';
import { FormNotice } from './form-notice.tsx';
import { PasswordField } from './password-field.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

export interface TwoFactorSetupProps {
  people: PeopleApi;
  /** The second factor is on. */
  onEnabled(): void;
  /** The recovery codes were kept. */
  onDone(): void;
}

/** The standard's margin, so that a camera finds the code. */
const QUIET_SQUARES = 4;

export function TwoFactorSetup({ people, onEnabled, onDone }: TwoFactorSetupProps) {
  const [secret, setSecret] = useState<TwoFactorSecret | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);

  const ask = async () => {
    setFailed(null);
    try {
      setSecret(await people.twoFactorSecret());
    } catch (thrown) {
      setFailed(problemOf(toApiError(thrown), []).general);
    }
  };
  useEffect(() => void ask(), []);

  if (codes) {
    return (
      <div class="form">
        <h3 class="settings-section__title">{text.people.twoFactor.codesTitle}</h3>
        <RecoveryCodes codes={codes} />
        <button class="button button--primary" type="button" onClick={onDone}>
          {text.people.twoFactor.kept}
        </button>
      </div>
    );
  }
  if (!secret) {
    return (
      <>
        <FormNotice message={failed} />
        {failed ? (
          <button class="button" type="button" onClick={() => void ask()}>
            {text.retry}
          </button>
        ) : (
          <p class="loading">{text.loading}</p>
        )}
      </>
    );
  }
  const enabled = (made: string[]) => {
    setCodes(made);
    onEnabled();
  };
  return <SetupForm people={people} secret={secret} onEnabled={enabled} />;
}

interface SetupFormProps {
  people: PeopleApi;
  secret: TwoFactorSecret;
  onEnabled(codes: string[]): void;
}

function SetupForm({ people, secret, onEnabled }: SetupFormProps) {
  const words = text.people.twoFactor;
  const form = useForm({
    initial: { code: '', current_password: '' },
    submit: async ({ code, current_password }) => onEnabled(await people.enableTwoFactor(secret.secret, code, current_password)),
  });
  const { size, path } = secret.qr;
  const whole = size + 2 * QUIET_SQUARES;
  return (
    <form class="form" {...form.form}>
      <p>{words.scan}</p>
      <svg class="qr-code" viewBox={`${-QUIET_SQUARES} ${-QUIET_SQUARES} ${whole} ${whole}`} role="img" aria-label={words.qr}>
        <path d={path} />
      </svg>
      <CopyField id="two-factor-key" label={words.cannotScan} value={secret.secret} />
      <FormNotice message={form.general} />
      <Field {...form.bind('code')} label={words.code} hint={words.codeHint} autocomplete="one-time-code" />
      <PasswordField {...form.bind('current_password')} label={text.people.currentPassword} autocomplete="current-password" />
      <button class="button button--primary" type="submit" aria-disabled={form.busy}>
        {words.confirm}
      </button>
    </form>
  );
}
