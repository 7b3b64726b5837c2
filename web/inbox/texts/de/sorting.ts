/** German: what the team sorts conversations by. */

import type { Texts } from '../en.ts';

export const sorting: Pick<Texts, keyof typeof import('../en/sorting.ts').sorting> = {
  sorting: {
    actionsFor: (name: string) => `Aktionen für ${name}`,
    nameRequired: 'Geben Sie einen Namen ein.',

    labels: {
      intro: 'Sie sagen, worum es in einer Unterhaltung geht. Nur Ihr Team sieht sie.',
      create: 'Neues Label',
      editTitle: 'Label bearbeiten',
      name: 'Name',
      color: 'Farbe',
      otherColor: 'Andere Farbe',
      colors: {
        red: 'Rot',
        orange: 'Orange',
        green: 'Grün',
        teal: 'Türkis',
        blue: 'Blau',
        purple: 'Violett',
        pink: 'Rosa',
        gray: 'Grau',
      },
      example: 'Beispiel',
      empty: 'Es gibt noch keine Labels.',
      delete: 'Label löschen',
      deleteTitle: (name: string) => `Label „${name}“ löschen?`,
      deleteExplained: 'Es wird von allen Unterhaltungen entfernt, die es haben. Die Unterhaltungen bleiben.',
      deleted: 'Das Label wurde gelöscht.',
    },

    teams: {
      intro: 'Gruppen von Agenten, denen Unterhaltungen zugeteilt werden.',
      create: 'Neues Team',
      editTitle: 'Team bearbeiten',
      name: 'Name',
      agents: 'Agenten',
      nobody: 'Noch niemand',
      empty: 'Es gibt noch keine Teams.',
      delete: 'Team löschen',
      deleteTitle: (name: string) => `Team „${name}“ löschen?`,
      deleteExplained: 'Seine Unterhaltungen bleiben, ohne Team. Auch seine Agenten bleiben.',
      deleted: 'Das Team wurde gelöscht.',
    },

    views: {
      intro: 'Listen, die Sie oder ein Administrator im Posteingang gespeichert haben.',
      name: 'Name',
      who: 'Wer sie hat',
      everybody: 'Alle',
      onlyYou: 'Nur Sie',
      rename: 'Umbenennen',
      share: 'Für alle freigeben',
      unshare: 'Nicht mehr freigeben',
      empty: 'Es gibt noch keine gespeicherten Ansichten. Filtern Sie die Liste der Unterhaltungen und speichern Sie, was Sie sehen.',
      delete: 'Ansicht löschen',
      deleteTitle: (name: string) => `Ansicht „${name}“ löschen?`,
      deleteExplained: 'Nur die Ansicht verschwindet; die Unterhaltungen bleiben.',
      deleteSharedExplained: 'Sie verschwindet für alle; die Unterhaltungen bleiben.',
      deleted: 'Die Ansicht wurde gelöscht.',
    },
  },
};
