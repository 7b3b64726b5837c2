/** What a page shows from the server: loaded when it opens, and again when something has changed; the old stays meanwhile. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { text } from '../text.ts';
import { problemOf } from './form.ts';

export interface Loaded<Value> {
  value: Value | null;
  /** Why the last attempt failed, for people. */
  error: string | null;
  /** Resolves when it is there, or has failed. */
  reload(): Promise<void>;
}

export function useLoaded<Value>(load: () => Promise<Value>): Loaded<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<string | null>(null);
  const latest = useRef(0);
  const reload = async () => {
    const mine = (latest.current += 1);
    setError(null);
    try {
      const loaded = await load();
      if (mine === latest.current) setValue(loaded);
    } catch (thrown) {
      if (mine === latest.current) setError(problemOf(toApiError(thrown), []).general ?? text.unexpected);
    }
  };
  useEffect(() => {
    void reload();
    // An answer that comes after the page has gone is nobody's.
    return () => {
      latest.current += 1;
    };
  }, []);
  return { value, error, reload };
}
