/** German: what can be done by a key or from the palette. */

import type { Texts } from '../en.ts';

export const commands: Pick<Texts, keyof typeof import('../en/commands.ts').commands> = {
  commands: {
    palette: 'Befehle, Unterhaltungen und Einstellungen suchen',
    paletteTitle: 'Befehle',
    shortcuts: 'Tastenkürzel',
    shortcutsOff: 'Kürzel mit einem Buchstaben sind in Ihren Vorlieben ausgeschaltet.',
    then: 'dann',
    groups: { list: 'Liste', conversation: 'Unterhaltung', go: 'Gehe zu', help: 'Hilfe' },
    kinds: { conversation: 'Unterhaltung', settings: 'Einstellungen' },
    keys: { mod: 'Strg', modMac: '⌘', shift: 'Umschalt', escape: 'Esc' },
    titles: {
      next: 'Nächste Unterhaltung',
      previous: 'Vorige Unterhaltung',
      open: 'Unterhaltung öffnen',
      tick: 'Unterhaltung auswählen',
      close: 'Unterhaltung schließen',
      reopen: 'Unterhaltung wieder öffnen',
      assignToMe: 'Mir zuweisen',
      unassign: 'Zuweisung aufheben',
      reply: 'Antworten',
      note: 'Notiz schreiben',
      undo: 'Rückgängig machen',
      assign: 'Zuweisen an …',
      label: 'Label vergeben …',
      priority: 'Priorität setzen …',
      snooze: 'Zurückstellen …',
      search: 'Nachrichten und Personen suchen',
      mentions: 'Erwähnungen',
      mine: 'Meine Unterhaltungen',
      unassigned: 'Nicht zugewiesene Unterhaltungen',
      all: 'Alle offenen Unterhaltungen',
      snoozed: 'Zurückgestellte Unterhaltungen',
      closed: 'Geschlossene Unterhaltungen',
      reports: 'Berichte',
      goSettings: 'Einstellungen',
      palette: 'Befehlspalette',
      shortcuts: 'Tastenkürzel',
      beAway: 'Abwesend sein: mir wird nichts zugewiesen',
      beAvailable: 'Wieder verfügbar sein',
      theme: 'Helle oder dunkle Darstellung',
      logOut: 'Abmelden',
    },
  },

  update: {
    ready: 'Eine neue Version des Posteingangs ist da.',
    reload: 'Neu laden',
  },
};
