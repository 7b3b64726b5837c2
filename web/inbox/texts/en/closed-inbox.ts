/** Browsers that are told of messages while no inbox is open in them. */

export const closedInbox = {
  closedInbox: {
    title: 'When the inbox is closed',
    intro: 'Browsers are told by their push service, which cannot read what it passes on. No browser is told while you look at the inbox.',
    alsoWhenClosed: 'Also when the inbox is closed',
    states: {
      unsupported: 'This browser cannot be told here. It needs an address with https; on an iPhone or iPad, the inbox has to be on the home screen.',
      blocked: 'Notifications of this page are blocked in this browser.',
      off: 'This browser shows notifications only while the inbox is open in it.',
      on: 'This browser is told of what you chose above.',
    },
    withText: 'Show how messages begin',
    withTextHint: 'Without it, a notification says only who wrote.',
    browsers: 'Your browsers that are told',
    browser: 'Browser',
    thisBrowser: 'This browser',
    toldOf: 'Told of',
    lastTold: 'Last told',
    never: 'Not yet',
    refused: (reason: string) => `Failed: ${reason}`,
    test: 'Send a test',
    testSent: 'The test is on its way.',
    remove: 'Remove',
    removed: 'The browser is told nothing any more.',
    failed: 'The browser did not agree. Try again, or look at its settings for this page.',
  },
};
