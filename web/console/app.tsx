/** Decides which page is shown: by whether somebody may look, and by the address. */

import { useEffect } from 'preact/hooks';
import { useStore } from '../inbox/state/use-store.ts';
import type { ConsoleApi } from './console-api.ts';
import { Notice } from './components/notice.tsx';
import { Shell } from './components/shell.tsx';
import { LoginPage } from './pages/login-page.tsx';
import type { Router } from './router.ts';
import type { Session } from './state/session.ts';

export interface AppProps {
  api: ConsoleApi;
  router: Router;
  session: Session;
}

export function App({ api, router, session }: AppProps) {
  const state = useStore(session);
  useEffect(() => {
    if (state.phase === 'unknown') void session.check();
  }, [state.phase]);

  switch (state.phase) {
    case 'unknown':
      return <p class="loading loading--page">Loading…</p>;
    case 'unreachable':
      return (
        <Notice title="The server does not answer" intro={state.message}>
          <button class="button button--primary button--wide" type="button" onClick={() => void session.check()}>
            Try again
          </button>
        </Notice>
      );
    case 'logged-out':
      return <LoginPage session={session} passwordOnly={state.passwordOnly} expired={state.expired} />;
    case 'forbidden':
      return (
        <Notice title="For admins only" intro="The console is for agents with the admin role. Ask an admin of your team for it.">
          <a class="button button--wide" href="/inbox">
            To the inbox
          </a>
        </Notice>
      );
    case 'elsewhere':
      return (
        <Notice
          title="The console is at the WebSocket server"
          intro="On this installation the WebSocket server runs as a process of its own, reverb:start. It has a console with a password, which it printed when it started. Seen from the server’s own machine it is here:"
        >
          <a class="button button--primary button--wide" href={state.address}>
            {state.address}
          </a>
        </Notice>
      );
    case 'logged-in':
      return <Shell api={api} router={router} onLogOut={() => void session.logOut()} />;
  }
}
