/** Decides which page is shown: by the address, and by whether somebody is logged in. */

import { useEffect } from 'preact/hooks';
import { StartPage } from './pages/start-page.tsx';
import { InboxPage } from './pages/inbox-page.tsx';
import { LoginPage } from './pages/login-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { SetupPage } from './pages/setup-page.tsx';
import type { Router } from './router.ts';
import { inboxRoute } from './routes.ts';
import type { Account } from './state/account.ts';
import { useStore } from './state/use-store.ts';

export interface AppProps {
  router: Router;
  account: Account;
}

export function App({ router, account }: AppProps) {
  const route = useStore(router);
  const state = useStore(account);
  const { phase } = state;

  useEffect(() => {
    if (route.page !== 'setup' && phase === 'unknown') void account.check();
  }, [route.page === 'setup', phase]);

  // Pages and the address follow the login, without leaving steps behind for the back button.
  useEffect(() => {
    if (phase === 'logged-in' && route.page === 'login') router.go(route.next ?? inboxRoute(null), 'replace');
    if (state.phase === 'logged-out' && route.page === 'inbox') {
      router.go({ page: 'login', next: state.reason === 'left' ? null : route }, 'replace');
    }
  }, [state, route]);

  if (route.page === 'setup') {
    return <SetupPage key={route.token} token={route.token} account={account} router={router} />;
  }
  if (route.page === 'unknown') return <NotFoundPage router={router} />;
  switch (state.phase) {
    case 'unknown':
      return <StartPage />;
    case 'unreachable':
      return <StartPage error={state.error} onRetry={() => void account.check()} />;
    case 'logged-out':
      return <LoginPage account={account} setupRequired={state.setupRequired} expired={state.reason === 'expired'} />;
    case 'logged-in':
      if (route.page !== 'inbox') return <StartPage />;
      return (
        <InboxPage workspace={state.workspace} route={route} router={router} onLogOut={() => account.logOut()} />
      );
  }
}
