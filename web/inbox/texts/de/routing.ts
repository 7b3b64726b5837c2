/** German: what happens to conversations by itself. */

import type { Texts } from '../en.ts';

export const routing: Pick<Texts, keyof typeof import('../en/routing.ts').routing> = {
  routing: {
    title: 'Verteilung',
    intro: 'Was mit den Unterhaltungen dieser Website von selbst geschieht.',
    assignment: 'Unterhaltungen zuweisen',
    assignments: { off: 'Nicht automatisch', round_robin: 'Reihum', least_busy: 'Wer am wenigsten zu tun hat' },
    assignmentHints: {
      off: 'Neue Unterhaltungen warten unter „Nicht zugewiesen“, bis jemand sie übernimmt.',
      round_robin: 'Die nächste bekommt, wer am längsten keine bekommen hat.',
      least_busy: 'Die nächste bekommt, wer die wenigsten offenen Unterhaltungen hat.',
    },
    team: 'Unter',
    teamHint: 'Unterhaltungen bekommt nur, wer den Posteingang offen hat, verfügbar ist und noch Platz hat. Bis dahin wartet eine Unterhaltung.',
    everybody: 'Allen, die antworten',
    closes: 'Unterhaltungen nach Stille schließen',
    closesHint: 'Gezählt ab der letzten Nachricht, wenn sie vom Team kam. Besucher werden wie immer gefragt, wie es war.',
    closeAfter: 'Schließen nach',
    unit: 'Einheit',
    units: { hours: 'Stunden', days: 'Tagen' },

    capacity: 'Kapazität',
    capacityTitle: (name) => `Kapazität von ${name}`,
    capacityLabel: 'Höchstens offene Unterhaltungen',
    capacityHint: 'So viele werden automatisch zugewiesen; von Hand können es mehr sein. Leer gilt der Standard.',
    setCapacity: 'Kapazität festlegen',
    capacitySaved: 'Die Kapazität wurde gespeichert.',
    capacityOfAll: 'Standard',
    defaultTitle: 'Automatische Zuweisung',
    defaultIntro: 'Welche Websites Unterhaltungen zuweisen und wie, wird unter Websites festgelegt.',
    defaultLabel: 'Standardkapazität',
    defaultHint: 'So viele offene Unterhaltungen bekommt, wer keine eigene Zahl hat. Leer sind es beliebig viele.',
    noNumber: 'Geben Sie eine ganze Zahl ein oder nichts.',

    available: 'Verfügbar',
    away: 'Abwesend',
    nowAvailable: 'Sie sind verfügbar: Unterhaltungen werden Ihnen zugewiesen.',
    nowAway: 'Sie sind abwesend: Ihnen wird keine Unterhaltung automatisch zugewiesen.',
    awayName: (name) => `${name} (abwesend)`,
    ownState: (state) => `, ${state}`,
  },
};
