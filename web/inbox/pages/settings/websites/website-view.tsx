/** One website: its name, its sections at the side, and the one that is open. */

import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { EmptyState } from '../../../components/empty-state.tsx';
import { BackIcon } from '../../../components/icons.tsx';
import { Link } from '../../../components/link.tsx';
import { LoadingNotice } from '../../../components/loading-notice.tsx';
import type { Router } from '../../../router.ts';
import { useLoaded } from '../../../state/use-loaded.ts';
import { useSettingChanges } from '../../../state/use-setting-changes.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';
import type { Widget, WidgetsApi } from '../../../widgets-api.ts';
import { websiteRoute, WEBSITES_ROUTE } from './addresses.ts';
import { WEBSITE_SECTIONS, type WebsiteSection, type WebsiteSectionProps } from './registry.ts';
import { WebsiteState } from './website-state.tsx';

export interface WebsiteViewProps {
  workspace: Workspace;
  router: Router;
  api: WidgetsApi;
  id: number;
  /** As in `registry.ts`; null for the first. */
  section: string | null;
}

export function WebsiteView({ workspace, router, api, id, section }: WebsiteViewProps) {
  const { value, error, reload } = useLoaded(() => api.show(id));
  const [changed, setChanged] = useState<Widget | null>(null);
  const widget = changed ?? value;
  const current = section === null ? WEBSITE_SECTIONS[0] : WEBSITE_SECTIONS.find(({ path }) => path === section);
  // A colleague may have changed it. What fails to load is loaded with the next change.
  useSettingChanges(workspace, ['widgets'], () => void api.show(id).then(setChanged, () => {}));
  useEffect(() => {
    if (widget && current) document.title = `${current.title()} · ${widget.name} · ${text.product}`;
  }, [widget?.name, current]);
  return (
    <div class="website">
      <Link class="button button--quiet website__back" router={router} to={WEBSITES_ROUTE}>
        <BackIcon />
        {text.websites.back}
      </Link>
      {!widget && <LoadingNotice error={error} onRetry={() => void reload()} />}
      {widget && (
        <>
          <header class="website__head">
            <h2 class="website__name">
              <bdi>{widget.name}</bdi>
            </h2>
            <WebsiteState active={widget.active} />
          </header>
          <div class="website__body">
            <SectionNavigation router={router} id={id} current={current} />
            <div class="website__section">
              {current ? (
                <Section
                  key={current.path}
                  entry={current}
                  workspace={workspace}
                  router={router}
                  api={api}
                  widget={widget}
                  onChanged={setChanged}
                />
              ) : (
                <EmptyState title={text.notFound.title} hint="" />
              )}
            </div>
          </div>
        </>
      )}
    </div>
  );
}

interface NavigationProps {
  router: Router;
  id: number;
  current: WebsiteSection | undefined;
}

function SectionNavigation({ router, id, current }: NavigationProps) {
  const nav = useRef<HTMLElement>(null);
  // On a phone it is a row that is longer than the screen.
  useLayoutEffect(() => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [current]);
  return (
    <nav class="website__nav" ref={nav} aria-label={text.websites.sectionsLabel}>
      {WEBSITE_SECTIONS.map((entry) => (
        <Link
          key={entry.path}
          class="website__tab"
          router={router}
          to={websiteRoute(id, entry.path)}
          aria-current={entry === current ? 'page' : undefined}
        >
          {entry.title()}
        </Link>
      ))}
    </nav>
  );
}

function Section({ entry, ...props }: WebsiteSectionProps & { entry: WebsiteSection }) {
  const [Shown, setShown] = useState<ComponentType<WebsiteSectionProps> | null>(null);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    entry.load().then(
      (module) => setShown(() => module.default),
      () => setFailed(true),
    );
  };
  useEffect(load, []);
  if (Shown) return <Shown {...props} />;
  return <LoadingNotice error={failed ? text.settings.loadFailed : null} onRetry={load} />;
}
