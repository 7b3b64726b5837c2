/**
 * The sections of a website's page, in the order of its navigation.
 *
 * To add one: write `sections/<name>-section.tsx`, whose default export takes `WebsiteSectionProps`; put its words into a
 * file of its own under `texts/en` and `texts/de`; add a line here. It is loaded when it is opened, with the website and the
 * heading already there, at `/inbox/settings/websites/<id>/<path>`. What it is made of: `SettingsSection`, and `useDraft`
 * with `DraftForm` for what is saved as a whole, which names mistakes beside their fields and asks before changes are lost.
 */

import type { ComponentType } from 'preact';
import type { Router } from '../../../router.ts';
import type { Workspace } from '../../../state/workspace.ts';
import { text } from '../../../text.ts';
import type { Widget, WidgetsApi } from '../../../widgets-api.ts';

export interface WebsiteSectionProps {
  workspace: Workspace;
  router: Router;
  api: WidgetsApi;
  widget: Widget;
  /** The widget is another now. */
  onChanged(widget: Widget): void;
}

export interface WebsiteSection {
  /** The last part of its address. */
  path: string;
  /** Read when it is drawn, in the language of that moment. */
  title(): string;
  load(): Promise<{ default: ComponentType<WebsiteSectionProps> }>;
}

export const WEBSITE_SECTIONS: readonly WebsiteSection[] = [
  { path: 'installation', title: () => text.websites.sections.installation, load: () => import('./sections/installation-section.tsx') },
  { path: 'general', title: () => text.websites.sections.general, load: () => import('./sections/general-section.tsx') },
  { path: 'appearance', title: () => text.websites.sections.appearance, load: () => import('./sections/appearance-section.tsx') },
  { path: 'chat', title: () => text.websites.sections.chat, load: () => import('./sections/chat-section.tsx') },
  { path: 'hours', title: () => text.websites.sections.hours, load: () => import('./sections/hours-section.tsx') },
  { path: 'routing', title: () => text.routing.title, load: () => import('./sections/routing-section.tsx') },
  { path: 'form', title: () => text.websites.sections.form, load: () => import('./sections/form-section.tsx') },
  { path: 'texts', title: () => text.websites.sections.texts, load: () => import('./sections/texts-section.tsx') },
  { path: 'files', title: () => text.websites.sections.files, load: () => import('./sections/files-section.tsx') },
  { path: 'security', title: () => text.websites.sections.security, load: () => import('./sections/security-section.tsx') },
  { path: 'retention', title: () => text.privacy.retention.title, load: () => import('./sections/retention-section.tsx') },
  { path: 'state', title: () => text.websites.sections.state, load: () => import('./sections/state-section.tsx') },
];
