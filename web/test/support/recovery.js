/** `antiphon-resume` as the server hands it out, and a backend that numbers what it sends. */

import assert from 'node:assert/strict';
import vm from 'node:vm';
import { until } from './wait.js';

const COMES_BACK_MS = 40_000;

/** Loads the script that pages load. It leaves one global name. */
export async function loadResume(server) {
  const response = await fetch(`${server.url}/antiphon-resume.js`);
  assert.equal(response.status, 200);
  vm.runInThisContext(await response.text());
  return globalThis.antiphonResume;
}

/** Sends events with rising numbers to the same channels, one after the other. */
export class Backend {
  sent = 0;

  constructor(http, ...channels) {
    this.http = http;
    this.channels = channels;
  }

  async send(count = 1, options = {}) {
    for (let index = 0; index < count; index += 1) {
      this.sent += 1;
      await this.http.trigger(this.channels, 'numbered', { n: this.sent }, options);
    }
  }

  /** Sends without a pause until `stop` was called; answers a function that stops it and waits for the last answer. */
  stream() {
    let running = true;
    const ended = (async () => {
      while (running) await this.send();
    })();
    return async () => {
      running = false;
      await ended;
    };
  }

  /** Waits until the last number has come, then compares: every number once, in order, but for those in `without`. */
  async assertComplete(received, { from = 1, without = [] } = {}) {
    const numbers = () => received.filter(([event]) => event === 'numbered').map(([, { n }]) => n);
    const expected = Array.from({ length: this.sent - from + 1 }, (_, index) => from + index).filter((n) => !without.includes(n));
    await until(() => `event ${expected.at(-1)}; there are ${numbers().length}`, () => numbers().at(-1) === expected.at(-1), COMES_BACK_MS);
    const different = numbers().findIndex((n, index) => n !== expected[index]);
    const around = (list) => list.slice(Math.max(0, different - 3), different + 4);
    // Thousands of numbers that differ are no help to anybody.
    if (different >= 0) assert.deepEqual(around(numbers()), around(expected), `from the one with index ${different} on`);
    assert.equal(numbers().length, expected.length);
  }
}
