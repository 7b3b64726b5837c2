/** German: what notifications say that a browser gets while no inbox is open. */

import type { push as english } from '../en/push.ts';

export const push: typeof english = {
  push: {
    visitor: (id) => `Besucher #${id}`,
    newMessage: 'Neue Nachricht',
    mentioned: 'Sie wurden erwähnt',
    mentionedBy: (name) => `${name} hat Sie erwähnt`,
    testTitle: 'Benachrichtigungen kommen an',
    testBody: 'Dieser Browser erfährt von Nachrichten, auch wenn der Posteingang geschlossen ist.',
  },
};
