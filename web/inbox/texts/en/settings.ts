/** The frame of the settings, and the page of what is only this agent's. */

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
      webhooks: 'Webhooks and API',
    },

    preferences: {
      intro: 'They hold for you, in this browser.',
      language: 'Language',
      languageAuto: 'As the browser',
      theme: 'Appearance',
      themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
      shortcuts: 'Single-key shortcuts',
      shortcutsHint: 'Letters such as J, K and E act on the list. Ctrl+K and the arrow keys work in any case.',
    },
  },
};
