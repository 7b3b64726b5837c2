/** Waiting for something to become true, with a limit and a sentence about what did not happen. */

const LOOK_EVERY_MS = 20;

/**
 * Answers the first truthy value of `look`, which may be asynchronous. An exception counts as "not yet".
 * `what` completes the sentence "waited in vain for …"; it may be a function, so that it can tell what was there instead.
 */
export async function until(what, look, withinMs = 5_000) {
  const deadline = performance.now() + withinMs;
  let problem = null;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      problem = null;
    } catch (error) {
      problem = error;
    }
    if (performance.now() >= deadline) {
      const text = typeof what === 'function' ? await what() : what;
      throw new Error(`waited ${withinMs} ms in vain for ${text}`, { cause: problem ?? undefined });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The promise's value; rejects when it takes longer. */
export function within(withinMs, what, promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${withinMs} ms in vain for ${what}`)), withinMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
