/** The account's websites: all of them, or one with its sections. */

import { useMemo } from 'preact/hooks';
import { WidgetsApi } from '../../widgets-api.ts';
import type { SettingsPageProps } from './registry.ts';
import { WebsiteList } from './websites/website-list.tsx';
import { WebsiteView } from './websites/website-view.tsx';

export default function WebsitesPage({ workspace, router, detail }: SettingsPageProps) {
  const api = useMemo(() => new WidgetsApi(workspace.http), []);
  const [, id, section] = /^([1-9][0-9]{0,14})(?:\/([a-z-]+))?$/.exec(detail ?? '') ?? [];
  if (id === undefined) return <WebsiteList workspace={workspace} router={router} api={api} />;
  return <WebsiteView key={id} workspace={workspace} router={router} api={api} id={Number(id)} section={section ?? null} />;
}
