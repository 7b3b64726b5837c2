/** German, by subject as in `en.ts`. */

import { account } from './de/account.ts';
import { closedInbox } from './de/closed-inbox.ts';
import { commands } from './de/commands.ts';
import { common } from './de/common.ts';
import { conversation } from './de/conversation.ts';
import { inbox } from './de/inbox.ts';
import { people } from './de/people.ts';
import { privacy } from './de/privacy.ts';
import { lists } from './de/lists.ts';
import { reports } from './de/reports.ts';
import { push } from './de/push.ts';
import { routing } from './de/routing.ts';
import { settings } from './de/settings.ts';
import { sorting } from './de/sorting.ts';
import { thread } from './de/thread.ts';
import { webhooks } from './de/webhooks.ts';
import { websites } from './de/websites.ts';
import type { Texts } from './en.ts';

export const de: Texts = {
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
