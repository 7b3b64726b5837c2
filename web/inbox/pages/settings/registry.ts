/**
 * The pages of the settings, in the order of the navigation.
 *
 * To add one: write `pages/settings/<name>-page.tsx`, whose default export takes `SettingsPageProps`; put its title under
 * `settings.titles` and its other words into a file of its own under `texts/en` and `texts/de`; add a line here. It is
 * loaded when it is opened, with the frame, the heading and the address `/inbox/settings/<path>` already there. What it
 * is made of: `SettingsSection`, `Table`, `useForm` with `Field`, `TextAreaField`, `SelectField`, `SwitchField`; `Dialog`
 * and `ConfirmDialog`; `Menu` and `Picker`; `workspace.toasts.show(words, { undo })` for what was done; `workspace.http`
 * for its endpoints. Its styles belong to `styles/`, because the style sheet is one file.
 */

import type { ComponentType } from 'preact';
import type { Router } from '../../router.ts';
import type { Permission } from '../../state/permissions.ts';
import type { Workspace } from '../../state/workspace.ts';
import type { Texts } from '../../texts/en.ts';

export interface SettingsPageProps {
  workspace: Workspace;
  router: Router;
  /** What is open within the page, from the rest of its address; null for the page by itself. */
  detail: string | null;
}

export interface SettingsEntry {
  /** The last part of its address. */
  path: string;
  /** Its title under `settings.titles`. */
  title: keyof Texts['settings']['titles'];
  group: keyof Texts['settings']['groups'];
  /** Who sees it. */
  permission: Permission;
  load(): Promise<{ default: ComponentType<SettingsPageProps> }>;
}

export const SETTINGS_PAGES: readonly SettingsEntry[] = [
  {
    path: 'preferences',
    title: 'preferences',
    group: 'personal',
    permission: 'read',
    load: () => import('./preferences-page.tsx'),
  },
  {
    path: 'notifications',
    title: 'notifications',
    group: 'personal',
    permission: 'read',
    load: () => import('./notifications-page.tsx'),
  },
  {
    path: 'account',
    title: 'account',
    group: 'personal',
    permission: 'read',
    load: () => import('./account-page.tsx'),
  },
  {
    path: 'agents',
    title: 'agents',
    group: 'team',
    permission: 'administer',
    load: () => import('./agents-page.tsx'),
  },
  {
    path: 'audit',
    title: 'audit',
    group: 'team',
    permission: 'administer',
    load: () => import('./audit-page.tsx'),
  },
  {
    path: 'tokens',
    title: 'tokens',
    group: 'developers',
    permission: 'read',
    load: () => import('./tokens-page.tsx'),
  },
  {
    path: 'canned-replies',
    title: 'cannedReplies',
    group: 'inbox',
    permission: 'answer',
    load: () => import('./canned-replies-page.tsx'),
  },
  {
    path: 'teams',
    title: 'teams',
    group: 'team',
    permission: 'administer',
    load: () => import('./teams-page.tsx'),
  },
  {
    path: 'labels',
    title: 'labels',
    group: 'inbox',
    permission: 'administer',
    load: () => import('./labels-page.tsx'),
  },
  {
    path: 'views',
    title: 'views',
    group: 'inbox',
    permission: 'read',
    load: () => import('./views-page.tsx'),
  },
  {
    path: 'blocked',
    title: 'blocked',
    group: 'inbox',
    permission: 'read',
    load: () => import('./blocked-page.tsx'),
  },
  {
    path: 'websites',
    title: 'websites',
    group: 'channels',
    permission: 'administer',
    load: () => import('./websites-page.tsx'),
  },
  {
    path: 'webhooks',
    title: 'webhooks',
    group: 'developers',
    permission: 'administer',
    load: () => import('./webhooks-page.tsx'),
  },
];
