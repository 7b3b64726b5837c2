/** Where the line stands before what was unread: it is drawn when the agent comes, and stays although they read on. */

import { useLayoutEffect, useState } from 'preact/hooks';
import type { SessionState } from '../../shared/conversation-session.ts';

/** `visible`: whether somebody can be looking. Answers the `seq` behind which it stands; null for nowhere. */
export function useUnreadDivider({ phase, unread, view }: SessionState, visible: boolean): number | null {
  const [after, setAfter] = useState<number | null>(null);
  const [came, setCame] = useState(false);
  const mark = view?.read.agent_seq ?? 0;
  useLayoutEffect(() => {
    if (phase !== 'ready') return;
    if (!came) {
      setCame(true);
      if (unread > 0) setAfter(mark);
    } else if (!visible && unread > 0) {
      // Written while nobody looked.
      setAfter(mark);
    }
  }, [phase === 'ready', visible, unread > 0]);
  return after;
}
