/**
 * Every word that the inbox shows, in English, by subject. The other languages are objects of this shape, which the
 * compiler and `inbox-texts.test.ts` check. A new subject is a file in `en/` and one in each other language.
 */

import { account } from './en/account.ts';
import { closedInbox } from './en/closed-inbox.ts';
import { commands } from './en/commands.ts';
import { common } from './en/common.ts';
import { conversation } from './en/conversation.ts';
import { inbox } from './en/inbox.ts';
import { people } from './en/people.ts';
import { privacy } from './en/privacy.ts';
import { lists } from './en/lists.ts';
import { reports } from './en/reports.ts';
import { push } from './en/push.ts';
import { routing } from './en/routing.ts';
import { settings } from './en/settings.ts';
import { sorting } from './en/sorting.ts';
import { thread } from './en/thread.ts';
import { webhooks } from './en/webhooks.ts';
import { websites } from './en/websites.ts';

export const en = {
  ...common,
  ...account,
  ...inbox,
  ...conversation,
  ...lists,
  ...settings,
  ...sorting,
  ...thread,
  ...commands,
  ...people,
  ...reports,
  ...privacy,
  ...webhooks,
  ...websites,
  ...push,
  ...closedInbox,
  ...routing,
};

export type Texts = typeof en;
