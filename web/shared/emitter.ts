/**
 * A typed event emitter. A listener that throws is reported and never stops the others:
 * the library runs inside other people's pages, where one broken callback must stay one broken callback.
 */

export type Listener<T> = (value: T) => void;
export type Off = () => void;

export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Adds a listener and returns the function that removes it again. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): Off {
    let set = this.listeners.get(event);
    if (!set) this.listeners.set(event, (set = new Set()));
    set.add(listener);
    return () => void set.delete(listener);
  }

  emit<K extends keyof Events>(event: K, value: Events[K]): void {
    const set = this.listeners.get(event);
    if (set) for (const listener of [...set]) callSafely(listener as Listener<Events[K]>, value);
  }
}

/** Calls back into code we do not own. */
export function callSafely<T>(listener: Listener<T>, value: T): void {
  try {
    listener(value);
  } catch (error) {
    console.error(error);
  }
}
