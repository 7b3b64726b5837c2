/** How a webhook is doing, in a word. */

import { text } from '../../../text.ts';
import type { Webhook } from './webhooks-api.ts';

const CHIPS = { active: 'active', off: 'closed', failing: 'pending', disabled: 'failed' } as const;

export function WebhookState({ webhook }: { webhook: Webhook }) {
  const state = webhook.disabled ? 'disabled' : !webhook.active ? 'off' : webhook.failing_since ? 'failing' : 'active';
  return <span class={`chip chip--${CHIPS[state]}`}>{text.webhooks.state[state]}</span>;
}
