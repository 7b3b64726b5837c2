/** What a report says, asked again whenever it is to be another; the old stays meanwhile, and `busy` says so. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { text } from '../text.ts';
import { problemOf } from './form.ts';

export interface Report<Value> {
  value: Value | null;
  /** Why the last attempt failed, for people. */
  error: string | null;
  busy: boolean;
  retry(): void;
}

/** `key` says what is asked for: another key is another question. */
export function useReport<Value>(key: string, load: () => Promise<Value>): Report<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const latest = useRef(0);
  const ask = async () => {
    const mine = (latest.current += 1);
    setError(null);
    setBusy(true);
    try {
      const loaded = await load();
      if (mine === latest.current) setValue(loaded);
    } catch (thrown) {
      if (mine === latest.current) setError(problemOf(toApiError(thrown), []).general ?? text.unexpected);
    } finally {
      if (mine === latest.current) setBusy(false);
    }
  };
  useEffect(() => {
    void ask();
    // An answer that comes after the page has gone, or asks something else, is nobody's.
    return () => {
      latest.current += 1;
    };
  }, [key]);
  return { value, error, busy, retry: () => void ask() };
}
