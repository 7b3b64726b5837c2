/** What the demo and the pages for developers begin with: the icon, the system's colors, and the application in its place. */

import { render, type ComponentChild } from 'preact';
import icon from '../inbox/icon.svg';
import { onSystemTheme } from './system-theme.ts';

export function begin(app: ComponentChild): void {
  const link = document.createElement('link');
  link.rel = 'icon';
  link.href = new URL(icon, import.meta.url).href;
  document.head.append(link);
  onSystemTheme((theme) => (document.documentElement.dataset['theme'] = theme));
  const root = document.getElementById('app');
  if (root) render(app, root);
}
