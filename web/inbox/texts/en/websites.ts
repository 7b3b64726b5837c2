/** The settings pages of the websites. */

import { counted } from './counted.ts';

export const websites = {
  websites: {
    intro: 'Each website has a chat of its own: where it may run, how it looks, what it says.',
    add: 'Add website',
    none: 'There are no websites yet',
    noneHint: 'Add one to get the line that brings the chat into its pages.',
    noDomains: 'No domain is allowed yet',
    notSeen: 'Not seen yet',
    lastSeen: (ago: string) => `Last seen ${ago}`,
    secondsAgo: (seconds: number) => `${counted(seconds, 'second', 'seconds')} ago`,
    minutesAgo: (minutes: number) => `${counted(minutes, 'minute', 'minutes')} ago`,
    active: 'Active',
    inactive: 'Deactivated',
    back: 'All websites',
    sectionsLabel: 'Sections of this website',
    name: 'Name',
    nameHint: 'Visitors see it as the name of the chat.',
    nameRequired: 'Enter a name.',
    domains: 'Allowed domains',
    domainsHint: 'One on each line: shop.example for that host alone, *.shop.example for all below it. Without https:// and without a path.',
    domainsRequired: 'Enter a domain.',
    create: 'Add website',
    createdTitle: 'The website was added',
    createdIntro:
      'If your site has a log-in, its server can vouch for who a visitor is by signing with this secret. It is shown only now; you can replace it later, and you need it for nothing else.',
    identitySecret: 'Identity secret',
    toInstallation: 'Go to the installation',
    sections: {
      installation: 'Installation',
      general: 'Name and domains',
    },

    installation: {
      snippetIntro: 'Paste this line into every page of the site that shall have the chat, before or after everything else.',
      snippet: 'Line for your pages',
      guides: 'How to do it with React, Vue, WordPress, Laravel or Tag Manager',
      checkTitle: 'Is it there?',
      waiting: 'Not seen yet',
      waitingHint: 'Open a page of your site that has the line. This changes by itself as soon as the page asks for the chat.',
      seen: (host: string) => `The chat is on ${host}`,
      refused: (host: string) => `${host} asked for the chat and was refused`,
      refusedHint: 'This host is not among the allowed domains, so its visitors see no chat.',
      allow: (host: string) => `Allow ${host}`,
      allowedNow: (host: string) => `${host} is allowed now. Reload its page to see the chat.`,
      stillRefused: 'It is allowed now. Reload the page there.',
      hosts: 'Hosts that asked for the chat',
      host: 'Host',
      result: 'Answer',
      answered: 'Had the chat',
      wasRefused: 'Was refused',
      firstSeen: 'First seen',
      lastSeen: 'Last seen',
      inactive: 'The chat is deactivated, so no page has it. You can activate it again under “Deactivate”.',
      rare: 'A host is noted at most once in five minutes. Pages of this server itself, such as the demo, do not count.',
    },

    general: {
      welcome: 'Welcome message',
      welcomeHint: 'The first line that a visitor reads. Leave it empty for none.',
    },
  },
};
