/** For whoever has logged in to a team that asks everybody for a second factor, and has none: nothing goes on before. */

import { Card } from '../components/card.tsx';
import { TwoFactorSetup } from '../components/two-factor-setup.tsx';
import type { Account } from '../state/account.ts';
import { text } from '../text.ts';

export function TwoFactorPage({ account }: { account: Account }) {
  const words = text.people.twoFactor;
  return (
    <Card title={words.missingTitle} intro={words.missingIntro}>
      <TwoFactorSetup people={account.people} onEnabled={() => {}} onDone={() => void account.check()} />
      <button class="button button--quiet button--wide" type="button" onClick={() => void account.logOut()}>
        {text.people.login.back}
      </button>
    </Card>
  );
}
