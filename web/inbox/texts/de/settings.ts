/** German: the frame of the settings, and the page of what is only this agent's. */

import type { Texts } from '../en.ts';
import { cannedReplies } from './canned-replies.ts';

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
      notifications: 'Benachrichtigungen',
      account: 'Konto',
      agents: 'Mitarbeiter',
      audit: 'Protokoll',
      tokens: 'API-Token',
      labels: 'Labels',
      teams: 'Teams',
      views: 'Gespeicherte Ansichten',
      cannedReplies: 'Textbausteine',
      blocked: 'Gesperrt',
      webhooks: 'Webhooks und API',
      websites: 'Websites',
    },

    cannedReplies,

    preferences: {
      intro: 'Sie gelten für Sie, in diesem Browser.',
      language: 'Sprache',
      languageAuto: 'Wie im Browser',
      theme: 'Darstellung',
      themes: { auto: 'Wie im System', light: 'Hell', dark: 'Dunkel' },
      shortcuts: 'Tastenkürzel mit einer Taste',
      shortcutsHint: 'Buchstaben wie J, K und E wirken auf die Liste. Strg+K und die Pfeiltasten gelten in jedem Fall.',
    },

    notifications: {
      intro: 'Was Sie erfahren, während Sie woanders hinsehen, in diesem Browser.',
      notifyOf: 'Benachrichtigungen',
      notifyHint: 'Für die Unterhaltung, die Sie gerade ansehen, gibt es keine.',
      attention: {
        all: 'Jede neue Nachricht',
        mine: 'Meine Unterhaltungen und nicht zugewiesene',
        mentions: 'Nur wenn ich erwähnt werde',
        none: 'Nichts',
      },
      allow: 'Benachrichtigungen erlauben …',
      denied: 'Ihr Browser blockiert Benachrichtigungen dieser Seite. Sie können sie in den Einstellungen des Browsers erlauben, bei der Adresse.',
      unsupported: 'Dieser Browser zeigt hier keine Benachrichtigungen. Sie setzen eine Adresse mit https voraus.',
      soundFor: 'Ton',
      soundRepeats: 'Wiederholen, bis gelesen wurde',
      soundRepeatsHint: 'Der Ton kommt alle zehn Sekunden, bis jemand die Nachricht gelesen hat.',
      tryOut: 'Ton abspielen',
    },
  },
};
