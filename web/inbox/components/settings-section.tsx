/** A part of a settings page: its heading, a sentence, what can be done with the whole of it, and the rest. */

import type { ComponentChildren } from 'preact';

export interface SettingsSectionProps {
  title: string;
  intro?: string;
  /** Beside the heading: usually the button that adds something. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function SettingsSection({ title, intro, actions, children }: SettingsSectionProps) {
  return (
    <section class="settings-section" aria-label={title}>
      <header class="settings-section__head">
        <div class="settings-section__words">
          <h2 class="settings-section__title">{title}</h2>
          {intro && <p class="settings-section__intro">{intro}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}
