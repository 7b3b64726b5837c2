/** The list of conversations. */

import type { ConversationStatus } from '../../../shared/types.ts';
import { counted } from './counted.ts';

const statuses: Record<ConversationStatus, string> = {
  pending: 'Waiting',
  active: 'Open',
  snoozed: 'Snoozed',
  closed: 'Closed',
};

export const inbox = {
  inbox: {
    title: 'Inbox',
    logOut: 'Log out',
    loggedInAs: (name: string) => `Logged in as ${name}`,
    list: 'Conversations',
    loadingOlder: 'Loading…',
    loadFailed: 'The conversations could not be loaded.',
    noneSelected: 'Choose a conversation',
    noneSelectedHint: 'Its messages appear here. Use ↑ and ↓ to move through the list, Enter to open.',
    empty: {
      open: { title: 'All caught up', hint: 'New conversations appear here by themselves.' },
      closed: { title: 'Nothing closed yet', hint: 'Conversations that you close are kept here.' },
      all: { title: 'No conversations yet', hint: 'They appear here as soon as a visitor writes.' },
    },
    newMessageFrom: (name: string) => `New message from ${name}`,
  },

  row: {
    status: statuses,
    unassigned: 'Unassigned',
    assignedToMe: 'You',
    unread: (count: number) => counted(count, 'unread message', 'unread messages'),
    unreadShort: (count: number) => (count > 99 ? '99+' : String(count)),
    by: (sender: string, message: string) => `${sender}: ${message}`,
    me: 'You',
    attachment: 'Sent a file',
  },
};
