/** Asks again and again while the page can be seen; what is asked for changes with `key`. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError, type ApiError } from '../../shared/api.ts';
import { useVisible } from '../../inbox/state/use-visible.ts';

export interface Polled<T> {
  /** The last answer; kept while later ones fail, and until the first to another key has come. */
  data: T | null;
  error: ApiError | null;
  /** Asks at once. */
  refresh(): void;
}

export function usePoll<T>(key: string, everyMs: number, ask: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const visible = useVisible();
  const [answer, setAnswer] = useState<{ key: string; data: T | null; error: ApiError | null }>({ key, data: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    if (!visible) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async () => {
      try {
        const data = await latest.current(abort.signal);
        if (!abort.signal.aborted) setAnswer({ key, data, error: null });
      } catch (thrown) {
        const error = toApiError(thrown);
        if (!abort.signal.aborted) setAnswer((before) => ({ key, data: before.data, error }));
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void next(), everyMs);
    };
    void next();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs, visible, turn]);

  return { data: answer.data, error: answer.key === key ? answer.error : null, refresh: () => setTurn((turn) => turn + 1) };
}
