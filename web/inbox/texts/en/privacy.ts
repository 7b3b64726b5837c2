/** What is kept of people: given out, erased, kept for some time; and who is kept out. */

export const privacy = {
  privacy: {
    menu: 'Actions for this visitor',
    export: 'Export data…',
    erase: 'Erase…',
    block: 'Block…',

    exportTitle: (name: string) => `Export the data of ${name}?`,
    exportExplanation:
      'You get a ZIP with everything that is kept: who it is, form answers, your team’s notes, pages seen, ratings, every message, and all files. The audit log says that you exported it.',
    download: 'Download',

    eraseTitle: (name: string) => `Erase ${name}?`,
    eraseExplanation:
      'Everything of this visitor goes: all conversations with their files, notes and ratings, and what is known of the person. This cannot be undone. Backups that you made before still have it.',
    eraseConfirm: 'Erase for good',
    typeNameOrNumber: (name: string, number: string) => `To go on, type “${name}” or the number ${number}`,
    typeNumber: (number: string) => `To go on, type the visitor’s number: ${number}`,
    mistyped: 'This is not what is asked for.',
    erased: (name: string) => `${name} was erased.`,

    reason: 'Reason',
    reasonHint: 'Only your team sees it. It may be left empty.',
    until: 'Blocked until',
    lengths: { day: 'In a day', week: 'In a week', month: 'In 30 days', forever: 'Unblocked by hand' },
    blockedNow: (name: string) => `${name} is blocked.`,
    visitorNumber: (id: number) => `Visitor, number ${id}`,

    blocked: {
      intro: 'They can neither open the chat nor write. A single visitor is blocked beside a conversation.',
      who: 'Who',
      by: 'By',
      addAddress: 'Block an address',
      address: 'Address or network',
      addressHint: 'Such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48.',
      addressRequired: 'Enter an address.',
      block: 'Block',
      unblock: 'Unblock',
      unblockName: (name: string) => `Unblock ${name}`,
      unblockTitle: (name: string) => `Unblock ${name}?`,
      unblockExplanation: 'The chat is open to them again at once.',
      empty: 'Nobody is blocked.',
      older: 'Show older',
    },

    retention: {
      title: 'Retention',
      intro: 'What is over can be erased by itself after some time. Both are off unless you turn them on.',
      closed: 'Erase closed conversations',
      closedHint:
        'Counted from the last message. Messages, files, notes and ratings go with it, and the visitor too when nothing else is left.',
      visits: 'Erase visits',
      visitsHint: 'Pages that visitors looked at, and visitors who opened the chat and never wrote.',
      never: 'Never',
      days: (count: number) => `After ${count} days`,
      other: 'After another time…',
      otherDays: 'Days',
      outOfRange: (least: number, most: number) => `Enter a whole number from ${least} to ${most}.`,
      warning: 'What is older goes within an hour after you save, and cannot be brought back.',
      confirmTitle: 'Erase what is older?',
      confirm: 'Save and erase',
    },
  },
};
