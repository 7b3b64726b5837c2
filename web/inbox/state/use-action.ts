/** An action of the agent that the server carries out: at most one at a time, and its failure is told. */

import { useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { text } from '../text.ts';

export interface Action {
  run(): void;
  busy: boolean;
  /** Why the last attempt failed, for people. */
  error: string | null;
}

export function useAction(act: () => Promise<void>): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const attempt = async () => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (thrown) {
      setError(toApiError(thrown).offline ? text.unreachable : text.conversation.actionFailed);
    } finally {
      setBusy(false);
    }
  };
  return { run: () => void attempt(), busy, error };
}
