/** The settings: their pages at the side, and the one that is open. On a phone, one after the other. */

import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { EmptyState } from '../components/empty-state.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { BackIcon } from '../components/icons.tsx';
import { Link } from '../components/link.tsx';
import type { Router } from '../router.ts';
import { inboxRoute } from '../routes.ts';
import { may } from '../state/permissions.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';
import { SETTINGS_PAGES, type SettingsEntry, type SettingsPageProps } from './settings/registry.ts';

export interface SettingsFrameProps {
  workspace: Workspace;
  router: Router;
  /** Null: the list alone on a phone, the first page elsewhere. */
  name: string | null;
  /** What is open within the page. */
  detail: string | null;
}

export function SettingsPage({ workspace, router, name, detail }: SettingsFrameProps) {
  const allowed = SETTINGS_PAGES.filter(({ permission }) => may(workspace.agent.role, permission));
  const entry = name === null ? allowed[0] : SETTINGS_PAGES.find(({ path }) => path === name);
  useEffect(() => {
    const page = entry && name !== null ? `${text.settings.titles[entry.title]} · ` : '';
    document.title = `${page}${text.settings.title} · ${text.product}`;
  }, [entry, name]);
  return (
    <main class={name === null ? 'settings' : 'settings settings--page'}>
      <div class="settings__side">
        <header class="settings__head">
          <Link class="icon-button" router={router} to={inboxRoute(null)} aria-label={text.settings.back}>
            <BackIcon />
          </Link>
          <h1 class="settings__title">{text.settings.title}</h1>
        </header>
        <SettingsNavigation router={router} entries={allowed} current={entry} />
      </div>
      <div class="settings__main">
        {name !== null && (
          <Link class="button button--quiet settings__back" router={router} to={{ page: 'settings', name: null }}>
            <BackIcon />
            {text.settings.title}
          </Link>
        )}
        <Content key={entry?.path} workspace={workspace} router={router} detail={detail} entry={entry} />
      </div>
    </main>
  );
}

interface NavigationProps {
  router: Router;
  entries: readonly SettingsEntry[];
  current: SettingsEntry | undefined;
}

function SettingsNavigation({ router, entries, current }: NavigationProps) {
  // In the order in which they are named, wherever a page was registered.
  const named = Object.keys(text.settings.groups) as SettingsEntry['group'][];
  const groups = named.filter((group) => entries.some((entry) => entry.group === group));
  return (
    <nav class="settings-nav" aria-label={text.settings.pages}>
      {groups.map((group) => (
        <div class="settings-nav__group" key={group}>
          <h2 class="settings-nav__title">{text.settings.groups[group]}</h2>
          {entries
            .filter((entry) => entry.group === group)
            .map((entry) => (
              <Link
                key={entry.path}
                class="settings-nav__item"
                router={router}
                to={{ page: 'settings', name: entry.path }}
                aria-current={entry === current ? 'page' : undefined}
              >
                {text.settings.titles[entry.title]}
              </Link>
            ))}
        </div>
      ))}
    </nav>
  );
}

interface ContentProps extends SettingsPageProps {
  entry: SettingsEntry | undefined;
}

function Content({ workspace, router, detail, entry }: ContentProps) {
  const [Page, setPage] = useState<ComponentType<SettingsPageProps> | null>(null);
  const [failed, setFailed] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const allowed = entry && may(workspace.agent.role, entry.permission);

  const load = () => {
    setFailed(false);
    entry?.load().then(
      (module) => setPage(() => module.default),
      () => setFailed(true),
    );
  };
  useEffect(() => {
    if (allowed) load();
  }, []);
  // What was chosen in the navigation is read from its beginning.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
  }, []);

  if (!entry) return <EmptyState title={text.notFound.title} hint="" />;
  if (!allowed) return <EmptyState title={text.settings.notAllowed} hint={text.settings.notAllowedHint} />;
  return (
    <div class="settings__content" ref={frame} tabIndex={-1}>
      {Page && <Page workspace={workspace} router={router} detail={detail} />}
      {!Page && !failed && <p class="loading">{text.loading}</p>}
      {failed && (
        <>
          <FormNotice message={text.settings.loadFailed} />
          <button class="button" type="button" onClick={load}>
            {text.retry}
          </button>
        </>
      )}
    </div>
  );
}
