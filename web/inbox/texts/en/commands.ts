/** What can be done by a key or from the palette. */

export const commands = {
  commands: {
    palette: 'Search for commands, conversations and settings',
    paletteTitle: 'Commands',
    shortcuts: 'Keyboard shortcuts',
    shortcutsOff: 'Single letters are switched off in your preferences.',
    then: 'then',
    groups: { list: 'List', conversation: 'Conversation', go: 'Go to', help: 'Help' },
    kinds: { conversation: 'Conversation', settings: 'Settings' },
    keys: { mod: 'Ctrl', modMac: '⌘', shift: 'Shift', escape: 'Esc' },
    titles: {
      next: 'Next conversation',
      previous: 'Previous conversation',
      open: 'Open conversation',
      tick: 'Tick conversation',
      close: 'Close conversation',
      reopen: 'Reopen conversation',
      assignToMe: 'Assign to me',
      unassign: 'Unassign',
      reply: 'Reply',
      undo: 'Undo',
      goOpen: 'Open conversations',
      goClosed: 'Closed conversations',
      goAll: 'All conversations',
      goSettings: 'Settings',
      palette: 'Command palette',
      shortcuts: 'Keyboard shortcuts',
      theme: 'Light or dark appearance',
      logOut: 'Log out',
    },
    closed: (name: string) => `Closed: ${name}`,
    reopened: (name: string) => `Reopened: ${name}`,
    assigned: (name: string, agent: string) => `Assigned to ${agent}: ${name}`,
    unassigned: (name: string) => `Unassigned: ${name}`,
  },

  update: {
    ready: 'A new version of the inbox is there.',
    reload: 'Reload',
  },
};
