/** What notifications say that a browser gets while no inbox is open. The service worker has these words by themselves. */

export const push = {
  push: {
    visitor: (id: number) => `Visitor #${id}`,
    newMessage: 'New message',
    mentioned: 'A colleague mentioned you',
    mentionedBy: (name: string) => `${name} mentioned you`,
    testTitle: 'Notifications work',
    testBody: 'This browser is told of messages, also while the inbox is closed.',
  },
};
