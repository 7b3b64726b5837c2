/**
 * Every sentence the chat shows. One object per language, so that a further language is one more
 * module of this shape, loaded when it is wanted.
 */

export interface Texts {
  dialog(name: string): string;
  close: string;
  messages: string;
  messageLabel: string;
  placeholder: string;
  send: string;
  you: string;
  team: string;
  bot: string;
  withAgent(name: string): string;
  askUs: string;
  sending: string;
  waiting: string;
  sent: string;
  seen: string;
  notSent: string;
  retry: string;
  discard: string;
  notSentAnnouncement(reason: string): string;
  typing(name: string | null): string;
  older: string;
  newMessages: string;
  offline: string;
  connecting: string;
  ended: string;
  startNew: string;
  unavailable: string;
  today: string;
  yesterday: string;
  attachment: string;
  charactersLeft(count: number): string;
}

export const en: Texts = {
  dialog: (name) => `Chat with ${name}`,
  close: 'Close chat',
  messages: 'Messages',
  messageLabel: 'Your message',
  placeholder: 'Write a message…',
  send: 'Send message',
  you: 'You',
  team: 'Team',
  bot: 'Assistant',
  withAgent: (name) => `You are chatting with ${name}`,
  askUs: 'Ask us anything',
  sending: 'Sending…',
  waiting: 'Waiting for the connection…',
  sent: 'Sent',
  seen: 'Seen',
  notSent: 'Not sent',
  retry: 'Try again',
  discard: 'Delete',
  notSentAnnouncement: (reason) => `Your message was not sent. ${reason}`,
  typing: (name) => (name ? `${name} is typing` : 'Typing'),
  older: 'Show earlier messages',
  newMessages: 'New messages',
  offline: 'No connection. Your messages are sent as soon as it is back.',
  connecting: 'Connecting…',
  ended: 'This chat has ended.',
  startNew: 'Start a new chat',
  unavailable: 'The chat is not available at the moment.',
  today: 'Today',
  yesterday: 'Yesterday',
  attachment: 'Attachment',
  charactersLeft: (count) => (count < 0 ? `${-count} characters too many` : `${count} characters left`),
};
