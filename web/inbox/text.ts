/**
 * Every word that the inbox shows, in English. Components take their words from here and nowhere
 * else, so that another language is another object of this shape.
 */

import type { ConversationFilter } from './inbox-api.ts';
import type { ConversationStatus } from '../shared/types.ts';
import { thread } from './texts/en/thread.ts';

const plural = new Intl.PluralRules('en');

/** Picks the form of a word that belongs to a number. */
function counted(count: number, one: string, other: string): string {
  return `${count} ${plural.select(count) === 'one' ? one : other}`;
}

const filters: Record<ConversationFilter, string> = { open: 'Open', closed: 'Closed', all: 'All' };

const statuses: Record<ConversationStatus, string> = {
  pending: 'Waiting',
  active: 'Open',
  snoozed: 'Snoozed',
  closed: 'Closed',
};

export const text = {
  ...thread,
  product: 'Antiphon',
  visitor: (id: number) => `Visitor #${id}`,
  retry: 'Try again',
  unexpected: 'Something went wrong. Please try again.',
  unreachable: 'The server could not be reached. Check your connection and try again.',
  tooManyAttempts: (seconds: number) => `Too many attempts. Try again in ${counted(seconds, 'second', 'seconds')}.`,
  loading: 'Loading…',

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

  start: {
    unreachable: 'The server cannot be reached.',
    retrying: 'Trying again by itself. What you wrote is kept.',
  },

  form: {
    name: 'Name',
    nameHint: 'Visitors see it beside your answers.',
    email: 'E-mail',
    password: 'Password',
    passwordHint: (least: number) => `At least ${least} characters.`,
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    required: {
      name: 'Enter your name.',
      email: 'Enter your e-mail address.',
      password: 'Enter your password.',
    },
    emailInvalid: 'That does not look like an e-mail address.',
    passwordShort: (least: number) => `Use at least ${least} characters.`,
  },

  login: {
    title: 'Log in',
    intro: 'Log in to answer your visitors.',
    submit: 'Log in',
    submitting: 'Logging in…',
    wrong: 'E-mail and password do not match.',
    expired: 'You have been logged out. Log in to go on.',
    setupRequired:
      'Nobody has been set up yet. Open the one-time set-up link that the server printed when it started.',
  },

  setup: {
    title: 'Set up your inbox',
    intro: 'You are the first one here. Create the account you will log in with.',
    checking: 'Checking the link…',
    submit: 'Create account',
    submitting: 'Creating your account…',
    invalidTitle: 'This link cannot be used',
    invalid:
      'It was used already, has expired, or is incomplete. As long as nobody has an account, the server prints a new link when it starts.',
    missing: 'Open the complete set-up link that the server printed when it started.',
    toLogin: 'Log in',
  },

  notFound: {
    title: 'There is nothing here',
    back: 'Go to the inbox',
  },

  inbox: {
    title: 'Inbox',
    logOut: 'Log out',
    loggedInAs: (name: string) => `Logged in as ${name}`,
    filters,
    filterLabel: 'Show',
    list: 'Conversations',
    loadOlder: 'Load older',
    loadingOlder: 'Loading…',
    loadFailed: 'The conversations could not be loaded.',
    noneSelected: 'Choose a conversation',
    noneSelectedHint: 'Its messages appear here. Use ↑ and ↓ to move through the list, Enter to open.',
    empty: {
      open: { title: 'All caught up', hint: 'New conversations appear here by themselves.' },
      closed: { title: 'Nothing closed yet', hint: 'Conversations that you close are kept here.' },
      all: { title: 'No conversations yet', hint: 'They appear here as soon as a visitor writes.' },
    } satisfies Record<ConversationFilter, { title: string; hint: string }>,
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
    hint: 'Enter sends, Shift+Enter starts a new line',
    charactersLeft: (count: number) => `${counted(count, 'character', 'characters')} left`,
    charactersOver: (count: number) => `${counted(count, 'character', 'characters')} too long`,
  },

  time: {
    today: 'Today',
    yesterday: 'Yesterday',
    now: 'now',
  },
};
