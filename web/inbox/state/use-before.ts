/** Whether a moment is still to come. Whoever asks is drawn again when it has passed. */

import { useEffect, useReducer } from 'preact/hooks';

/** A timer that is set for longer ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `moment`: milliseconds since 1970. */
export function useBefore(moment: number): boolean {
  const [looks, look] = useReducer<number, void>((count) => count + 1, 0);
  const isBefore = Date.now() < moment;
  useEffect(() => {
    if (!isBefore) return;
    const timer = setTimeout(() => look(), Math.min(Math.max(0, moment - Date.now()), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  }, [moment, isBefore, looks]);
  return isBefore;
}
