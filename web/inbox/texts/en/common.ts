/** Words that belong to no page. */

import { counted } from './counted.ts';

export const common = {
  product: 'Antiphon',
  visitor: (id: number) => `Visitor #${id}`,
  retry: 'Try again',
  unexpected: 'Something went wrong. Please try again.',
  unreachable: 'The server could not be reached. Check your connection and try again.',
  tooManyAttempts: (seconds: number) => `Too many attempts. Try again in ${counted(seconds, 'second', 'seconds')}.`,
  forbidden: 'You are not allowed to do this.',
  loading: 'Loading…',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved.',
  cancel: 'Cancel',
  close: 'Close',
  delete: 'Delete',
  edit: 'Edit',
  add: 'Add',
  undo: 'Undo',
  dismiss: 'Dismiss',
  none: 'None',
  search: 'Search',
  nothingFound: 'Nothing found',
  moreActions: 'More actions',

  unsaved: {
    save: 'Save changes',
    undo: 'Undo changes',
    state: 'There are unsaved changes.',
    saved: 'The changes were saved.',
    title: 'Leave without saving?',
    explanation: 'What you changed on this page is not saved yet, and would be lost.',
    discard: 'Leave without saving',
  },

  connection: {
    connecting: 'Connecting…',
    live: 'Live',
    polling: 'Polling',
    reconnecting: 'Reconnecting…',
    explain: {
      connecting: 'Connecting to the server.',
      live: 'Connected: messages arrive at once.',
      polling: 'No live connection. New messages are being fetched.',
      reconnecting: 'The server cannot be reached. Trying again.',
    },
  },

  time: {
    today: 'Today',
    yesterday: 'Yesterday',
    now: 'now',
  },
};
