/** Every website, with what can be seen from afar: where its widget may run, whether it answers, and when it was last loaded. */

import { useEffect, useState } from 'preact/hooks';
import { EmptyState } from '../../../components/empty-state.tsx';
import { PlusIcon } from '../../../components/icons.tsx';
import { Link } from '../../../components/link.tsx';
import { LoadingNotice } from '../../../components/loading-notice.tsx';
import { SettingsSection } from '../../../components/settings-section.tsx';
import type { Router } from '../../../router.ts';
import { useLoaded } from '../../../state/use-loaded.ts';
import { useSettingChanges } from '../../../state/use-setting-changes.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';
import type { WidgetsApi } from '../../../widgets-api.ts';
import { websiteRoute } from './addresses.ts';
import { Ago } from './ago.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { WebsiteState } from './website-state.tsx';

export interface WebsiteListProps {
  workspace: Workspace;
  router: Router;
  api: WidgetsApi;
}

export function WebsiteList({ workspace, router, api }: WebsiteListProps) {
  const { value: widgets, error, reload } = useLoaded(() => api.list());
  const [adding, setAdding] = useState(false);
  const words = text.websites;
  // After one of them, whose name it was.
  useEffect(() => {
    document.title = `${text.settings.titles.websites} · ${text.settings.title} · ${text.product}`;
  }, []);
  useSettingChanges(workspace, ['widgets', 'sightings'], () => void reload());
  return (
    <SettingsSection
      title={text.settings.titles.websites}
      intro={words.intro}
      actions={
        <button class="button button--primary" type="button" onClick={() => setAdding(true)}>
          <PlusIcon />
          {words.add}
        </button>
      }
    >
      {!widgets && <LoadingNotice error={error} onRetry={() => void reload()} />}
      {widgets?.length === 0 && <EmptyState title={words.none} hint={words.noneHint} />}
      {widgets && widgets.length > 0 && (
        <ul class="websites" aria-label={text.settings.titles.websites}>
          {widgets.map((widget) => (
            <li key={widget.id}>
              <Link class="websites__item" router={router} to={websiteRoute(widget.id)}>
                <span class="websites__line">
                  <bdi class="websites__name">{widget.name}</bdi>
                  <WebsiteState active={widget.active} />
                </span>
                <span class="websites__about">
                  <bdi class="websites__domains">{widget.domains.join(', ') || words.noDomains}</bdi>
                  <span>{widget.last_seen_at ? <Ago words={words.lastSeen} at={widget.last_seen_at} /> : words.notSeen}</span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <CreateDialog
          api={api}
          onClose={() => setAdding(false)}
          onCreated={(made) => {
            setAdding(false);
            router.go(websiteRoute(made.id));
          }}
        />
      )}
    </SettingsSection>
  );
}
