/** German: words that belong to no page. */

import type { Texts } from '../en.ts';
import { counted } from './counted.ts';

export const common: Pick<Texts, keyof typeof import('../en/common.ts').common> = {
  product: 'Antiphon',
  visitor: (id) => `Besucher #${id}`,
  retry: 'Erneut versuchen',
  unexpected: 'Etwas ist schiefgegangen. Bitte versuchen Sie es noch einmal.',
  unreachable: 'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
  tooManyAttempts: (seconds) => `Zu viele Versuche. Versuchen Sie es in ${counted(seconds, 'Sekunde', 'Sekunden')} noch einmal.`,
  forbidden: 'Dazu fehlt Ihnen die Berechtigung.',
  loading: 'Wird geladen …',
  save: 'Speichern',
  saving: 'Wird gespeichert …',
  saved: 'Gespeichert.',
  cancel: 'Abbrechen',
  close: 'Schließen',
  delete: 'Löschen',
  edit: 'Bearbeiten',
  add: 'Hinzufügen',
  undo: 'Rückgängig',
  dismiss: 'Ausblenden',
  none: 'Keine',
  search: 'Suchen',
  nothingFound: 'Nichts gefunden',
  moreActions: 'Weitere Aktionen',

  unsaved: {
    save: 'Änderungen speichern',
    undo: 'Änderungen verwerfen',
    state: 'Es gibt ungespeicherte Änderungen.',
    saved: 'Die Änderungen wurden gespeichert.',
    title: 'Ohne Speichern verlassen?',
    explanation: 'Was Sie auf dieser Seite geändert haben, ist noch nicht gespeichert und ginge verloren.',
    discard: 'Ohne Speichern verlassen',
  },

  connection: {
    connecting: 'Verbinden …',
    live: 'Live',
    polling: 'Abfrage',
    reconnecting: 'Neu verbinden …',
    explain: {
      connecting: 'Die Verbindung zum Server wird aufgebaut.',
      live: 'Verbunden: Nachrichten kommen sofort an.',
      polling: 'Keine Live-Verbindung. Neue Nachrichten werden abgefragt.',
      reconnecting: 'Der Server ist nicht erreichbar. Es wird weiter versucht.',
    },
  },

  time: {
    today: 'Heute',
    yesterday: 'Gestern',
    now: 'jetzt',
  },
};
