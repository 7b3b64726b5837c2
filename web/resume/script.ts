/** For pages without a bundler: `antiphonResume(pusher)`. */

import { resume } from './resume.ts';

Object.assign(globalThis, { antiphonResume: resume });
