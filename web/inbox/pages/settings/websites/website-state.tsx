/** Whether a website's widget answers, in a word. */

import { text } from '../../../text.ts';

export function WebsiteState({ active }: { active: boolean }) {
  return <span class={`chip chip--${active ? 'active' : 'closed'}`}>{active ? text.websites.active : text.websites.inactive}</span>;
}
