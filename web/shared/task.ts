/** Long work in short pieces: between two of them the page can answer its visitor. */

interface Scheduler {
  yield?(): Promise<void>;
}

/** Resolves in a task of its own; unlike a timer also at once in a tab that is hidden. */
export function nextTask(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: Scheduler };
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
