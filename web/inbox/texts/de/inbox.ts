/** German: the list of conversations. */

import type { Texts } from '../en.ts';
import { counted } from './counted.ts';

export const inbox: Pick<Texts, keyof typeof import('../en/inbox.ts').inbox> = {
  inbox: {
    title: 'Posteingang',
    logOut: 'Abmelden',
    loggedInAs: (name) => `Angemeldet als ${name}`,
    list: 'Unterhaltungen',
    loadingOlder: 'Wird geladen …',
    loadFailed: 'Die Unterhaltungen konnten nicht geladen werden.',
    noneSelected: 'Wählen Sie eine Unterhaltung',
    noneSelectedHint: 'Ihre Nachrichten erscheinen hier. Mit ↑ und ↓ gehen Sie durch die Liste, mit Enter öffnen Sie.',
    empty: {
      open: { title: 'Alles erledigt', hint: 'Neue Unterhaltungen erscheinen hier von selbst.' },
      closed: { title: 'Noch nichts geschlossen', hint: 'Unterhaltungen, die Sie schließen, finden Sie hier wieder.' },
      all: { title: 'Noch keine Unterhaltungen', hint: 'Sie erscheinen hier, sobald ein Besucher schreibt.' },
    },
    newMessageFrom: (name) => `Neue Nachricht von ${name}`,
  },

  row: {
    status: { pending: 'Wartet', active: 'Offen', snoozed: 'Zurückgestellt', closed: 'Geschlossen' },
    unassigned: 'Nicht zugewiesen',
    assignedToMe: 'Sie',
    unread: (count) => counted(count, 'ungelesene Nachricht', 'ungelesene Nachrichten'),
    unreadShort: (count) => (count > 99 ? '99+' : String(count)),
    by: (sender, message) => `${sender}: ${message}`,
    me: 'Sie',
    attachment: 'Hat eine Datei gesendet',
  },
};
