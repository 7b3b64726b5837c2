/**
 * Where the library reports what a site owner may want to see in the console.
 * The lines marked as contract in the console are written through here, so tests can read them.
 */

export interface Log {
  info(line: string): void;
  warn(line: string): void;
}

export const consoleLog: Log = {
  info: (line) => console.info(line),
  warn: (line) => console.warn(line),
};

export const silentLog: Log = { info: () => {}, warn: () => {} };
