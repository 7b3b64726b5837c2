/** A Redis of the test's own, on a free port, that writes to no disk. `redis-server` must be on the search path. */

import { connect } from 'node:net';
import { ChildProcess } from './process.js';
import { freePort } from './server.js';
import { until } from './wait.js';

export class Redis {
  #child;

  static async start() {
    const redis = new Redis();
    const port = await freePort();
    redis.url = `redis://127.0.0.1:${port}/0`;
    redis.#child = new ChildProcess('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'], {});
    await until('Redis to listen', () => answers(port), 15_000);
    return redis;
  }

  close() {
    return this.#child.kill();
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
