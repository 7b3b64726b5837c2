/** Lets a component follow anything that has a state and tells when it changes. */

import { useLayoutEffect, useReducer } from 'preact/hooks';
import type { Off } from '../../shared/emitter.ts';

export interface Store<T> {
  /** The same object until something changes. */
  readonly state: T;
  subscribe(listener: () => void): Off;
}

export function useStore<T>(store: Store<T>): T {
  const [, refresh] = useReducer<number, void>((count) => count + 1, 0);
  const { state } = store;
  useLayoutEffect(() => {
    const off = store.subscribe(() => refresh());
    // What changed between rendering and subscribing would otherwise wait for the next change.
    if (store.state !== state) refresh();
    return off;
  }, [store]);
  return state;
}
