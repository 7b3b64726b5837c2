/** German: the frame of the settings, and the page of what is only this agent's. */

import type { Texts } from '../en.ts';

export const settings: Pick<Texts, keyof typeof import('../en/settings.ts').settings> = {
  settings: {
    title: 'Einstellungen',
    back: 'Zurück zum Posteingang',
    pages: 'Seiten der Einstellungen',
    groups: { personal: 'Persönlich', team: 'Team', inbox: 'Posteingang', channels: 'Kanäle', developers: 'Entwicklung' },
    notAllowed: 'Diese Seite ist nur für Administratoren',
    notAllowedHint: 'Wenden Sie sich an einen Administrator Ihres Teams, wenn hier etwas geändert werden soll.',
    loadFailed: 'Diese Seite konnte nicht geladen werden.',

    titles: {
      preferences: 'Vorlieben',
      webhooks: 'Webhooks und API',
    },

    preferences: {
      intro: 'Sie gelten für Sie, in diesem Browser.',
      language: 'Sprache',
      languageAuto: 'Wie im Browser',
      theme: 'Darstellung',
      themes: { auto: 'Wie im System', light: 'Hell', dark: 'Dunkel' },
      shortcuts: 'Tastenkürzel mit einer Taste',
      shortcutsHint: 'Buchstaben wie J, K und E wirken auf die Liste. Strg+K und die Pfeiltasten gelten in jedem Fall.',
    },
  },
};
