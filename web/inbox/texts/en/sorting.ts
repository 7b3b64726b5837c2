/** What the team sorts conversations by: labels, teams, and saved views. */

export const sorting = {
  sorting: {
    actionsFor: (name: string) => `Actions for ${name}`,
    nameRequired: 'Enter a name.',

    labels: {
      intro: 'They say what a conversation is about, and only your team sees them.',
      create: 'New label',
      editTitle: 'Edit label',
      name: 'Name',
      color: 'Color',
      otherColor: 'Another color',
      colors: {
        red: 'Red',
        orange: 'Orange',
        green: 'Green',
        teal: 'Teal',
        blue: 'Blue',
        purple: 'Purple',
        pink: 'Pink',
        gray: 'Gray',
      },
      example: 'Example',
      empty: 'There are no labels yet.',
      delete: 'Delete label',
      deleteTitle: (name: string) => `Delete the label “${name}”?`,
      deleteExplained: 'It is taken from every conversation that has it. The conversations stay.',
      deleted: 'The label was deleted.',
    },

    teams: {
      intro: 'Groups of agents that conversations are given to.',
      create: 'New team',
      editTitle: 'Edit team',
      name: 'Name',
      agents: 'Agents',
      nobody: 'Nobody yet',
      empty: 'There are no teams yet.',
      delete: 'Delete team',
      deleteTitle: (name: string) => `Delete the team “${name}”?`,
      deleteExplained: 'Its conversations stay, without a team. Its agents stay, too.',
      deleted: 'The team was deleted.',
    },

    views: {
      intro: 'Lists that you or an administrator saved from the inbox.',
      name: 'Name',
      who: 'Who has it',
      everybody: 'Everybody',
      onlyYou: 'Only you',
      rename: 'Rename',
      share: 'Share with everybody',
      unshare: 'Stop sharing',
      empty: 'There are no saved views yet. Filter the list of conversations, and save what you see.',
      delete: 'Delete view',
      deleteTitle: (name: string) => `Delete the view “${name}”?`,
      deleteExplained: 'Only the view goes; the conversations stay.',
      deleteSharedExplained: 'It goes for everybody; the conversations stay.',
      deleted: 'The view was deleted.',
    },
  },
};
