/** Was von Menschen aufbewahrt wird: herausgegeben, gelöscht, eine Zeit lang behalten; und wer ausgesperrt ist. */

import type { Texts } from '../en.ts';

export const privacy: Pick<Texts, 'privacy'> = {
  privacy: {
    menu: 'Aktionen für diesen Besucher',
    export: 'Daten exportieren…',
    erase: 'Endgültig löschen…',
    block: 'Sperren…',

    exportTitle: (name) => `Daten von ${name} exportieren?`,
    exportExplanation:
      'Sie erhalten ein ZIP mit allem, was aufbewahrt wird: wer es ist, Antworten im Formular, Notizen Ihres Teams, besuchte Seiten, Bewertungen, jede Nachricht und alle Dateien. Im Protokoll steht, dass Sie es exportiert haben.',
    download: 'Herunterladen',

    eraseTitle: (name) => `${name} endgültig löschen?`,
    eraseExplanation:
      'Alles von diesem Besucher verschwindet: alle Unterhaltungen mit Dateien, Notizen und Bewertungen, und was über die Person bekannt ist. Das lässt sich nicht rückgängig machen. Frühere Sicherungen enthalten es noch.',
    eraseConfirm: 'Endgültig löschen',
    typeNameOrNumber: (name, number) => `Zum Fortfahren „${name}“ oder die Nummer ${number} eingeben`,
    typeNumber: (number) => `Zum Fortfahren die Nummer des Besuchers eingeben: ${number}`,
    mistyped: 'Das ist nicht, wonach gefragt wird.',
    erased: (name) => `${name} wurde gelöscht.`,

    reason: 'Grund',
    reasonHint: 'Nur Ihr Team sieht ihn. Er darf leer bleiben.',
    until: 'Gesperrt bis',
    lengths: { day: 'In einem Tag', week: 'In einer Woche', month: 'In 30 Tagen', forever: 'Von Hand entsperrt' },
    blockedNow: (name) => `${name} ist gesperrt.`,
    visitorNumber: (id) => `Besucher, Nummer ${id}`,

    blocked: {
      intro: 'Sie können den Chat weder öffnen noch schreiben. Ein einzelner Besucher wird neben einer Unterhaltung gesperrt.',
      who: 'Wer',
      by: 'Von',
      addAddress: 'Adresse sperren',
      address: 'Adresse oder Netz',
      addressHint: 'Zum Beispiel 203.0.113.7, 203.0.113.0/24 oder 2001:db8::/48.',
      addressRequired: 'Geben Sie eine Adresse ein.',
      block: 'Sperren',
      unblock: 'Entsperren',
      unblockName: (name) => `${name} entsperren`,
      unblockTitle: (name) => `${name} entsperren?`,
      unblockExplanation: 'Der Chat steht ihnen sofort wieder offen.',
      empty: 'Niemand ist gesperrt.',
      older: 'Ältere zeigen',
    },

    retention: {
      title: 'Aufbewahrung',
      intro: 'Was vorbei ist, kann nach einiger Zeit von selbst gelöscht werden. Beides ist aus, bis Sie es einschalten.',
      closed: 'Geschlossene Unterhaltungen löschen',
      closedHint:
        'Gezählt ab der letzten Nachricht. Nachrichten, Dateien, Notizen und Bewertungen gehen mit, und der Besucher auch, wenn sonst nichts bleibt.',
      visits: 'Besuche löschen',
      visitsHint: 'Seiten, die Besucher angesehen haben, und Besucher, die den Chat geöffnet und nie geschrieben haben.',
      never: 'Nie',
      days: (count) => `Nach ${count} Tagen`,
      other: 'Nach einer anderen Zeit…',
      otherDays: 'Tage',
      outOfRange: (least, most) => `Geben Sie eine ganze Zahl von ${least} bis ${most} ein.`,
      warning: 'Was älter ist, verschwindet innerhalb einer Stunde nach dem Speichern und lässt sich nicht zurückholen.',
      confirmTitle: 'Was älter ist löschen?',
      confirm: 'Speichern und löschen',
    },
  },
};
