/** One conversation: its head, its messages, and the answer being written. */

import { counted } from './counted.ts';

export const conversation = {
  conversation: {
    back: 'Back to the list',
    assignToMe: 'Assign to me',
    unassign: 'Unassign',
    close: 'Close',
    reopen: 'Reopen',
    messages: 'Messages',
    loadOlder: 'Load earlier messages',
    loadingOlder: 'Loading…',
    empty: 'No messages yet.',
    toNewest: 'Newest messages',
    newMessages: (count: number) => counted(count, 'new message', 'new messages'),
    typing: (name: string) => `${name} is typing…`,
    number: (id: number) => `#${id}`,
    gone: 'This conversation cannot be shown',
    goneHint: 'It may have been deleted, or it belongs to a site you have no access to.',
    closedNotice: 'This conversation is closed.',
    actionFailed: 'That did not work. Please try again.',
    assignedTo: (name: string) => `Assigned to ${name}`,
    me: 'you',
  },

  message: {
    you: 'You',
    agent: 'Agent',
    bot: 'Bot',
    system: 'System',
    sending: 'Sending…',
    waiting: 'Waiting to send',
    sent: 'Sent',
    delivered: 'Delivered',
    read: 'Read',
    offered: 'Offered answers',
    failed: 'Not sent',
    retry: 'Try again',
    discard: 'Discard',
  },

  composer: {
    label: 'Your answer',
    placeholder: 'Write an answer…',
    send: 'Send',
    charactersLeft: (count: number) => `${counted(count, 'character', 'characters')} left`,
    charactersOver: (count: number) => `${counted(count, 'character', 'characters')} too long`,
  },
};
