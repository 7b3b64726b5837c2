/** An agent's own account: profile, password, second factor, sessions. */

import { useMemo } from 'preact/hooks';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { PeopleApi } from '../../people-api.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { PasswordSection } from './account/password-section.tsx';
import { ProfileSection } from './account/profile-section.tsx';
import { SessionsSection } from './account/sessions-section.tsx';
import { TwoFactorSection } from './account/two-factor-section.tsx';
import type { SettingsPageProps } from './registry.ts';

export default function AccountPage({ workspace }: SettingsPageProps) {
  const people = useMemo(() => new PeopleApi(workspace.http), [workspace]);
  const loaded = useLoaded(async () => {
    const [account, sessions] = await Promise.all([people.account(), people.sessions()]);
    return { account, sessions };
  });
  if (!loaded.value) return <LoadingNotice error={loaded.error} onRetry={() => void loaded.reload()} />;
  const { account, sessions } = loaded.value;
  const shared = { workspace, people, onChanged: () => void loaded.reload() };
  return (
    <>
      <ProfileSection {...shared} />
      <PasswordSection {...shared} />
      <TwoFactorSection {...shared} twoFactor={account.two_factor} />
      <SessionsSection {...shared} sessions={sessions} />
    </>
  );
}
