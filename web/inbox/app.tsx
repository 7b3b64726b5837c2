/** Decides which page is shown: by the address, and by whether somebody is logged in. */

import { useEffect, useMemo } from 'preact/hooks';
import { LaterPage } from './pages/later-page.tsx';
import { StartPage } from './pages/start-page.tsx';
import { InboxPage } from './pages/inbox-page.tsx';
import { LoginPage } from './pages/login-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { MentionsPage } from './pages/mentions-page.tsx';
import { SearchPage } from './pages/search-page.tsx';
import { SettingsPage } from './pages/settings-page.tsx';
import { InvitationPage } from './pages/invitation-page.tsx';
import { PasswordResetPage } from './pages/password-reset-page.tsx';
import { SetupPage } from './pages/setup-page.tsx';
import { TwoFactorPage } from './pages/two-factor-page.tsx';
import { Frame } from './components/frame.tsx';
import type { Router } from './router.ts';
import { inboxRoute, isByLink, isOwn, parseRoute, type LinkRoute, type OwnRoute } from './routes.ts';
import type { Account } from './state/account.ts';
import { Desk } from './state/desk.ts';
import type { Preferences } from './state/preferences.ts';
import { useAttention } from './state/use-attention.ts';
import { useStore } from './state/use-store.ts';
import type { Workspace } from './state/workspace.ts';
import { startWorker } from './state/worker.ts';
import { language, text } from './text.ts';

export interface AppProps {
  router: Router;
  account: Account;
  preferences: Preferences;
}

export function App({ router, account, preferences }: AppProps) {
  const route = useStore(router);
  const state = useStore(account);
  // Whatever is drawn is drawn again in another language.
  useStore(language);
  useStore(preferences);
  const { phase } = state;

  useEffect(() => {
    if (!isByLink(route) && phase === 'unknown') void account.check();
  }, [isByLink(route), phase]);

  // Pages and the address follow the login, without leaving steps behind for the back button.
  useEffect(() => {
    if (phase === 'logged-in' && route.page === 'login') router.go(route.next ?? inboxRoute(null), 'replace');
    if (state.phase === 'logged-out' && isOwn(route)) {
      router.go({ page: 'login', next: state.reason === 'left' ? null : route }, 'replace');
    }
  }, [state, route]);

  if (isByLink(route)) return <LinkPage route={route} account={account} router={router} />;
  if (route.page === 'unknown') return <NotFoundPage router={router} />;
  switch (state.phase) {
    case 'unknown':
      return <StartPage />;
    case 'unreachable':
      return <StartPage error={state.error} onRetry={() => void account.check()} />;
    case 'logged-out':
      return <LoginPage account={account} setupRequired={state.setupRequired} expired={state.reason === 'expired'} />;
    case 'two-factor-missing':
      return <TwoFactorPage account={account} />;
    case 'logged-in':
      if (!isOwn(route)) return <StartPage />;
      return <LoggedIn workspace={state.workspace} account={account} route={route} router={router} />;
  }
}

interface LinkPageProps {
  route: LinkRoute;
  account: Account;
  router: Router;
}

/** A page of whoever holds a one-time link. */
function LinkPage({ route: { page, token }, account, router }: LinkPageProps) {
  const props = { token, account, router };
  switch (page) {
    case 'setup':
      return <SetupPage key={token} {...props} />;
    case 'invitation':
      return <InvitationPage key={token} {...props} />;
    case 'password-reset':
      return <PasswordResetPage key={token} {...props} />;
  }
}

interface LoggedInProps {
  workspace: Workspace;
  account: Account;
  route: OwnRoute;
  router: Router;
}

function LoggedIn({ workspace, account, route, router }: LoggedInProps) {
  const desk = useMemo(() => new Desk(workspace, router, () => account.logOut()), [workspace]);
  useAttention(workspace, route.page === 'inbox' ? route.conversationId : null);
  // A click on a notification.
  useEffect(() => workspace.wishes.on('open', (id) => desk.open(id)), [desk]);
  useEffect(() => {
    const action = (run: () => void) => ({ label: text.update.reload, run });
    void startWorker({
      onUpdate: (takeOver) => workspace.toasts.show(text.update.ready, { action: action(takeOver) }),
      onOpen: (href) => {
        const target = parseRoute(new URL(href, location.origin));
        if (isOwn(target)) router.go(target);
      },
    });
  }, []);
  return (
    <Frame desk={desk}>
      <OwnPage desk={desk} route={route} />
    </Frame>
  );
}

/** A page of somebody who is logged in. */
function OwnPage({ desk, route }: { desk: Desk; route: OwnRoute }) {
  const { workspace, router } = desk;
  switch (route.page) {
    case 'inbox':
      return <InboxPage desk={desk} route={route} />;
    case 'settings':
      return <SettingsPage workspace={workspace} router={router} name={route.name} detail={route.detail ?? null} />;
    case 'mentions':
      return <MentionsPage desk={desk} />;
    case 'reports':
      return <LaterPage load={() => import('./pages/reports-page.tsx')} desk={desk} query={route.query} />;
    case 'search':
      return <SearchPage desk={desk} words={route.words} />;
  }
}
