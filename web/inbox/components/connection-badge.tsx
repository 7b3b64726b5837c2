/** How news reaches this page at the moment. */

import type { ConnectionStatus } from '../state/conversation-list.ts';
import { text } from '../text.ts';

export function ConnectionBadge({ status }: { status: ConnectionStatus }) {
  return (
    <span class={`connection connection--${status}`} role="status" title={text.connection.explain[status]}>
      <span class="connection__dot" aria-hidden="true" />
      {text.connection[status]}
    </span>
  );
}
