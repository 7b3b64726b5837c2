/** What surrounds every page: which application, which page, and whether the server answers. */

import { useEffect, useState } from 'preact/hooks';
import { useStore } from '../../inbox/state/use-store.ts';
import { useVisible } from '../../inbox/state/use-visible.ts';
import type { ConsoleApi } from '../console-api.ts';
import { duration } from '../format.ts';
import { ChannelPage } from '../pages/channel-page.tsx';
import { ChannelsPage } from '../pages/channels-page.tsx';
import { ConnectionsPage } from '../pages/connections-page.tsx';
import { LivePage } from '../pages/live-page.tsx';
import { OverviewPage } from '../pages/overview-page.tsx';
import { SendPage } from '../pages/send-page.tsx';
import { WebhooksPage } from '../pages/webhooks-page.tsx';
import type { Router } from '../router.ts';
import { ofApp, type PageName, type Route } from '../routes.ts';
import { Overview, type OverviewState } from '../state/overview.ts';
import { ChannelsIcon, ConnectionsIcon, LiveIcon, LogOutIcon, OverviewIcon, SendIcon, WebhooksIcon } from './icons.tsx';
import { Link } from './link.tsx';

export interface ShellProps {
  api: ConsoleApi;
  router: Router;
  onLogOut(): void;
}

const NAMES: Record<PageName, string> = {
  overview: 'Overview',
  channels: 'Channels',
  channel: 'Channel',
  connections: 'Connections',
  live: 'Live',
  send: 'Send an event',
  webhooks: 'Webhooks',
};

export function Shell({ api, router, onLogOut }: ShellProps) {
  const [overview] = useState(() => new Overview(api));
  const state = useStore(overview);
  const route = useStore(router);
  const visible = useVisible();

  useEffect(() => {
    if (!visible) return;
    overview.start();
    return () => overview.stop();
  }, [visible]);

  const title = route.page === 'unknown' ? 'Not found' : route.page === 'channel' ? route.name : NAMES[route.page];
  useEffect(() => {
    document.title = `${title} · Antiphon console`;
  }, [title]);

  const { answer } = state;
  if (answer === null) {
    return <p class="loading loading--page">{state.reachable ? 'Loading…' : 'The server does not answer. Trying again…'}</p>;
  }
  const app = (route.page !== 'unknown' && route.app) || (answer.apps[0]?.id ?? '');
  return (
    <div class="shell">
      <header class="shell__side">
        <p class="shell__brand">
          <span class="card__mark">
            <OverviewIcon />
          </span>
          <span class="shell__brand-name">Console</span>
        </p>
        <AppPicker state={state} app={app} onPick={(picked) => router.go(ofApp(route, picked))} />
        <Navigation router={router} route={route} app={app} />
        <Status state={state} />
        <button class="button button--quiet shell__log-out" type="button" onClick={onLogOut} title="Log out">
          <LogOutIcon />
          <span>Log out</span>
        </button>
      </header>
      <main class="shell__main" key={`${route.page} ${app}`}>
        <Page api={api} router={router} route={route} app={app} state={state} />
      </main>
    </div>
  );
}

function AppPicker({ state, app, onPick }: { state: OverviewState; app: string; onPick(app: string): void }) {
  const apps = state.answer?.apps ?? [];
  if (apps.length < 2) return null;
  return (
    <label class="shell__app">
      <span class="visually-hidden">Application</span>
      <select class="select" value={app} onChange={(event) => onPick(event.currentTarget.value)}>
        {apps.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  );
}

function Navigation({ router, route, app }: { router: Router; route: Route; app: string }) {
  const items: { to: Route; label: string; icon: () => preact.JSX.Element; pages: Route['page'][] }[] = [
    { to: { page: 'overview', app }, label: 'Overview', icon: OverviewIcon, pages: ['overview'] },
    { to: { page: 'channels', app, search: '' }, label: 'Channels', icon: ChannelsIcon, pages: ['channels', 'channel'] },
    { to: { page: 'connections', app, find: {} }, label: 'Connections', icon: ConnectionsIcon, pages: ['connections'] },
    { to: { page: 'live', app }, label: 'Live', icon: LiveIcon, pages: ['live'] },
    { to: { page: 'send', app }, label: 'Send', icon: SendIcon, pages: ['send'] },
    { to: { page: 'webhooks', app }, label: 'Webhooks', icon: WebhooksIcon, pages: ['webhooks'] },
  ];
  return (
    <nav class="nav" aria-label="Pages">
      <ul class="nav__list">
        {items.map(({ to, label, icon: ItemIcon, pages }) => (
          <li key={label}>
            <Link router={router} to={to} class="nav__item" aria-current={pages.includes(route.page) ? 'page' : undefined}>
              <ItemIcon />
              <span>{label}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Status({ state }: { state: OverviewState }) {
  return (
    <div class="shell__status">
      <p role="status" class={state.reachable ? 'status status--ok' : 'status status--lost'}>
        {state.reachable ? 'Connected' : 'Server not reachable'}
      </p>
      {state.answer && (
        <p class="shell__facts">
          Up for {duration(state.answer.uptime_ms)}
          <br />
          Version {state.answer.version}
        </p>
      )}
    </div>
  );
}

interface PageProps {
  api: ConsoleApi;
  router: Router;
  route: Route;
  app: string;
  state: OverviewState;
}

function Page({ api, router, route, app, state }: PageProps) {
  if (!state.answer?.apps.some(({ id }) => id === app)) {
    return (
      <div class="page">
        <h1 class="page__title">No such application</h1>
        <p>
          This server has no application <code>{app || '(none)'}</code>. It may have been removed.
        </p>
      </div>
    );
  }
  switch (route.page) {
    case 'overview':
      return <OverviewPage api={api} router={router} app={app} state={state} />;
    case 'channels':
      return <ChannelsPage api={api} router={router} app={app} search={route.search} />;
    case 'channel':
      return <ChannelPage key={route.name} api={api} router={router} app={app} name={route.name} />;
    case 'connections':
      return <ConnectionsPage api={api} router={router} app={app} find={route.find} />;
    case 'live':
      return <LivePage app={app} router={router} />;
    case 'send':
      return <SendPage api={api} app={app} />;
    case 'webhooks':
      return <WebhooksPage api={api} app={app} />;
    case 'unknown':
      return (
        <div class="page">
          <h1 class="page__title">There is no such page</h1>
          <p>
            <Link router={router} to={{ page: 'overview', app }}>
              To the overview
            </Link>
          </p>
        </div>
      );
  }
}
