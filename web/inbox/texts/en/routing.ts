/** What happens to conversations by itself: who is given one, how many, and when one is closed. */

export const routing = {
  routing: {
    title: 'Routing',
    intro: 'What happens to the conversations of this website by itself.',
    assignment: 'Assign conversations',
    assignments: { off: 'Not automatically', round_robin: 'In turn', least_busy: 'To the least busy' },
    assignmentHints: {
      off: 'New conversations wait under “Unassigned” until somebody takes them.',
      round_robin: 'Whoever was given one the longest ago gets the next.',
      least_busy: 'Whoever has the fewest open conversations gets the next.',
    },
    team: 'Among',
    teamHint: 'Only agents who have the inbox open, are available and have room are given conversations. Until there is one, a conversation waits.',
    everybody: 'Everybody who answers',
    closes: 'Close conversations after silence',
    closesHint: 'Counted from the last message, if the team wrote it. The visitor is asked how it was, as always.',
    closeAfter: 'Close after',
    unit: 'Unit',
    units: { hours: 'Hours', days: 'Days' },

    capacity: 'Capacity',
    capacityTitle: (name: string) => `Capacity of ${name}`,
    capacityLabel: 'Open conversations at most',
    capacityHint: 'So many are assigned automatically; by hand, it can be more. Leave it empty for the default.',
    setCapacity: 'Set capacity',
    capacitySaved: 'The capacity was saved.',
    capacityOfAll: 'Default',
    defaultTitle: 'Automatic assignment',
    defaultIntro: 'Which websites assign conversations, and how, is set under Websites.',
    defaultLabel: 'Default capacity',
    defaultHint: 'So many open conversations are assigned to an agent who has no number of their own. Leave it empty for any number.',
    noNumber: 'Enter a whole number, or nothing.',

    available: 'Available',
    away: 'Away',
    nowAvailable: 'You are available: conversations are assigned to you.',
    nowAway: 'You are away: no conversation is assigned to you automatically.',
    awayName: (name: string) => `${name} (away)`,
    ownState: (state: string) => `, ${state}`,
  },
};
