/** How the tabs of one visitor share an outbox: over the bus that also elects the one that sends. */

import type { OutboxSharing } from '../shared/conversation-session.ts';
import type { OutboxChange } from '../shared/outbox.ts';
import type { Tabs } from '../shared/tabs.ts';
import type { MessageAck } from '../shared/types.ts';

export function outboxSharing(tabs: Tabs): OutboxSharing {
  return {
    get isLeader() {
      return tabs.isLeader;
    },
    onLeader: (listener) => tabs.events.on('leader', listener),
    post: (outbox) => tabs.post({ outbox }),
    onChange: (listener) =>
      tabs.events.on('message', (message) => {
        const change = (message as { outbox?: OutboxChange<MessageAck> } | null)?.outbox;
        if (change) listener(change);
      }),
  };
}
