/** German: the settings pages of the websites. */

import type { Texts } from '../en.ts';
import { counted } from './counted.ts';

export const websites: Pick<Texts, 'websites'> = {
  websites: {
    intro: 'Jede Website hat einen eigenen Chat: wo er läuft, wie er aussieht, was er sagt.',
    add: 'Website hinzufügen',
    none: 'Es gibt noch keine Websites',
    noneHint: 'Fügen Sie eine hinzu, dann erhalten Sie die Zeile, die den Chat auf ihre Seiten bringt.',
    noDomains: 'Noch ist keine Domain erlaubt',
    notSeen: 'Noch nicht gesehen',
    lastSeen: (ago) => `Zuletzt gesehen: ${ago}`,
    secondsAgo: (seconds) => `vor ${counted(seconds, 'Sekunde', 'Sekunden')}`,
    minutesAgo: (minutes) => `vor ${counted(minutes, 'Minute', 'Minuten')}`,
    active: 'Aktiv',
    inactive: 'Abgeschaltet',
    back: 'Alle Websites',
    sectionsLabel: 'Bereiche dieser Website',
    name: 'Name',
    nameHint: 'Besucher sehen ihn als Namen des Chats.',
    nameRequired: 'Geben Sie einen Namen ein.',
    domains: 'Erlaubte Domains',
    domainsHint: 'Eine je Zeile: shop.example nur für diesen Host, *.shop.example für alle darunter. Ohne https:// und ohne Pfad.',
    domainsRequired: 'Geben Sie eine Domain ein.',
    create: 'Website hinzufügen',
    createdTitle: 'Die Website wurde hinzugefügt',
    createdIntro:
      'Hat Ihre Website eine Anmeldung, kann ihr Server mit diesem Geheimnis unterschreiben, wer ein Besucher ist. Es wird nur jetzt gezeigt; Sie können es später ersetzen und brauchen es für nichts anderes.',
    identitySecret: 'Geheimnis für Identitäten',
    toInstallation: 'Zum Einbau',
    sections: {
      installation: 'Einbau',
      general: 'Name und Domains',
    },

    installation: {
      snippetIntro: 'Fügen Sie diese Zeile in jede Seite der Website ein, die den Chat haben soll, vor oder nach allem anderen.',
      snippet: 'Zeile für Ihre Seiten',
      guides: 'So geht es mit React, Vue, WordPress, Laravel oder Tag Manager',
      checkTitle: 'Ist er da?',
      waiting: 'Noch nicht gesehen',
      waitingHint: 'Öffnen Sie eine Seite Ihrer Website mit der Zeile. Hier ändert sich die Anzeige von selbst, sobald die Seite nach dem Chat fragt.',
      seen: (host) => `Der Chat ist auf ${host}`,
      refused: (host) => `${host} hat nach dem Chat gefragt und wurde abgewiesen`,
      refusedHint: 'Dieser Host gehört nicht zu den erlaubten Domains, darum sehen seine Besucher keinen Chat.',
      allow: (host) => `${host} erlauben`,
      allowedNow: (host) => `${host} ist jetzt erlaubt. Laden Sie die Seite dort neu, um den Chat zu sehen.`,
      stillRefused: 'Er ist jetzt erlaubt. Laden Sie die Seite dort neu.',
      hosts: 'Hosts, die nach dem Chat gefragt haben',
      host: 'Host',
      result: 'Antwort',
      answered: 'Hatte den Chat',
      wasRefused: 'Abgewiesen',
      firstSeen: 'Zuerst gesehen',
      lastSeen: 'Zuletzt gesehen',
      inactive: 'Der Chat ist abgeschaltet, darum hat ihn keine Seite. Unter „Abschalten“ können Sie ihn wieder einschalten.',
      rare: 'Ein Host wird höchstens einmal in fünf Minuten vermerkt. Seiten dieses Servers selbst, etwa die Demo, zählen nicht.',
    },

    general: {
      welcome: 'Begrüßung',
      welcomeHint: 'Die erste Zeile, die ein Besucher liest. Leer lassen für keine.',
    },
  },
};
