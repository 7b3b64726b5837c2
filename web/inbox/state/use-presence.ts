/** Who else is in the conversation on screen; this agent is there for them as long as it is. */

import { useEffect, useState } from 'preact/hooks';
import type { Colleague, ConversationPresence } from './conversation-presence.ts';
import type { Workspace } from './workspace.ts';

export interface Presence {
  colleagues: readonly Colleague[];
  /** This agent writes an answer, or has stopped. */
  setAnswering(answering: boolean): void;
}

export function usePresence(workspace: Workspace, conversationId: number): Presence {
  const [presence, setPresence] = useState<ConversationPresence | null>(null);
  const [colleagues, setColleagues] = useState<readonly Colleague[]>([]);
  useEffect(() => {
    const joined = workspace.joinConversation(conversationId);
    const off = joined.subscribe(() => setColleagues(joined.state));
    setPresence(joined);
    return () => {
      off();
      joined.stop();
    };
  }, []);
  return { colleagues, setAnswering: (answering) => presence?.setAnswering(answering) };
}
