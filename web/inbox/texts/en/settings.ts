/** The frame of the settings, and the page of what is only this agent's. */

import { cannedReplies } from './canned-replies.ts';

export const settings = {
  settings: {
    title: 'Settings',
    back: 'Back to the inbox',
    pages: 'Settings pages',
    groups: { personal: 'Personal', team: 'Team', inbox: 'Inbox', channels: 'Channels', developers: 'Developers' },
    notAllowed: 'Only administrators see this page',
    notAllowedHint: 'Ask an administrator of your team if you need something changed here.',
    loadFailed: 'This page could not be loaded.',

    titles: {
      preferences: 'Preferences',
      notifications: 'Notifications',
      account: 'Account',
      agents: 'Agents',
      audit: 'Audit log',
      tokens: 'API tokens',
      labels: 'Labels',
      teams: 'Teams',
      views: 'Saved views',
      cannedReplies: 'Canned replies',
      webhooks: 'Webhooks and API',
      blocked: 'Blocked',
      websites: 'Websites',
    },

    cannedReplies,

    preferences: {
      intro: 'They hold for you, in this browser.',
      language: 'Language',
      languageAuto: 'As the browser',
      theme: 'Appearance',
      themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
      shortcuts: 'Single-key shortcuts',
      shortcutsHint: 'Letters such as J, K and E act on the list. Ctrl+K and the arrow keys work in any case.',
    },

    notifications: {
      intro: 'What you are told while you look elsewhere, in this browser.',
      notifyOf: 'Notifications',
      notifyHint: 'There is none for the conversation that you are looking at.',
      attention: {
        all: 'Every new message',
        mine: 'My conversations and unassigned ones',
        mentions: 'Only when I am mentioned',
        none: 'Nothing',
      },
      allow: 'Allow notifications…',
      denied: 'Your browser blocks notifications of this page. You can allow them in the settings of the browser, by the address.',
      unsupported: 'This browser shows no notifications here. They need an address with https.',
      soundFor: 'Sound',
      soundRepeats: 'Repeat until read',
      soundRepeatsHint: 'The sound comes every ten seconds until somebody has read the message.',
      tryOut: 'Play the sound',
    },
  },
};
