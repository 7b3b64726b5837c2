/** German, by subject as in `en.ts`. */

import { account } from './de/account.ts';
import { commands } from './de/commands.ts';
import { common } from './de/common.ts';
import { conversation } from './de/conversation.ts';
import { inbox } from './de/inbox.ts';
import { settings } from './de/settings.ts';
import { thread } from './de/thread.ts';
import type { Texts } from './en.ts';

export const de: Texts = {
  ...common,
  ...account,
  ...inbox,
  ...conversation,
  ...settings,
  ...thread,
  ...commands,
};
