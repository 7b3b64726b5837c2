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
      undo: 'Rückgängig machen',
      goOpen: 'Offene Unterhaltungen',
      goClosed: 'Geschlossene Unterhaltungen',
      goAll: 'Alle Unterhaltungen',
      goSettings: 'Einstellungen',
      palette: 'Befehlspalette',
      shortcuts: 'Tastenkürzel',
      theme: 'Helle oder dunkle Darstellung',
      logOut: 'Abmelden',
    },
    closed: (name) => `Geschlossen: ${name}`,
    reopened: (name) => `Wieder geöffnet: ${name}`,
    assigned: (name, agent) => `An ${agent} zugewiesen: ${name}`,
    unassigned: (name) => `Zuweisung aufgehoben: ${name}`,
  },

  update: {
    ready: 'Eine neue Version des Posteingangs ist da.',
    reload: 'Neu laden',
  },
};
