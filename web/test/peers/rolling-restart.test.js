/** Three nodes behind one balancer, restarted one after the other while backends send: stock clients miss nothing and get nothing twice. */

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Balancer } from '../support/balancer.js';
import { loadResume } from '../support/recovery.js';
import { Redis } from '../support/redis.js';
import { freePort, TestServer } from '../support/server.js';
import { collect, StockClients, subscribed } from '../support/stock-clients.js';
import { until } from '../support/wait.js';

const CLIENTS = 6;
/** Sockets that only watch when they are told to go. A node says farewell to 2,000 in a second; a few it tells at once. */
const BYSTANDERS = 450;
const COMES_BACK_MS = 40_000;

let redis;
let nodes;
let ports;
let balancer;
let clients;
let resume;
before(async () => {
  redis = await Redis.start();
  ports = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
  nodes = new TestServer(folder, ports[0], ports[0], { REVERB_SCALING_ENABLED: 'true', REDIS_URL: redis.url });
  for (const port of ports) await nodes.startSockets(port);
  balancer = new Balancer(ports);
  await balancer.open();
  clients = await StockClients.of(nodes);
  resume = await loadResume({ url: `http://127.0.0.1:${balancer.port}` });
});
after(async () => {
  clients?.close();
  await balancer?.close();
  await nodes?.close();
  await redis?.close();
});

/** A backend that repeats what it got no answer to, until `stop`; it numbers its events. Everything goes through the balancer. */
class RepeatingBackend {
  sent = 0;
  repeats = 0;
  #http = clients.http();
  #running = true;
  #ended;

  constructor(channel) {
    this.#ended = this.#run(channel);
  }

  async stop() {
    this.#running = false;
    await this.#ended;
  }

  async #run(channel) {
    while (this.#running) {
      this.sent += 1;
      const body = JSON.stringify({ name: 'numbered', channels: [channel], data: JSON.stringify({ n: this.sent }) });
      const key = randomUUID();
      while (!(await this.#post(body, key))) this.repeats += 1;
      await pause(20);
    }
  }

  async #post(body, key) {
    const path = `/apps/${clients.app.id}/events`;
    const query = this.#http.createSignedQueryString({ method: 'POST', path, body, params: {} });
    const headers = { 'Content-Type': 'application/json', 'X-Idempotency-Key': key };
    try {
      const response = await fetch(`http://127.0.0.1:${balancer.port}${path}?${query}`, { method: 'POST', headers, body });
      return response.ok;
    } catch {
      return false;
    }
  }
}

/** The close frame of a server with the code 4200, up to its reason. */
const isFarewell = (bytes, at) => bytes[at] === 0x88 && bytes.readUInt16BE(at + 2) === 4200;

/** Opens a WebSocket that says nothing, and notes when it was told to connect again elsewhere. */
function standBy(farewells) {
  const key = randomBytes(16).toString('base64');
  const upgrade = ['Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`];
  return new Promise((resolve, reject) => {
    const socket = connect(balancer.port, '127.0.0.1');
    socket.write(`GET /app/${clients.app.key}?protocol=7 HTTP/1.1\r\n${upgrade.join('\r\n')}\r\n\r\n`);
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      if (bytes.includes('connection_established')) resolve();
      for (let at = 0; at + 4 <= bytes.length; at += 1) {
        if (!isFarewell(bytes, at)) continue;
        farewells.push(performance.now());
        socket.destroy();
        return;
      }
    });
  });
}

test('a rolling restart behind a balancer loses and doubles no event, and moves the sockets one after the other', async () => {
  const received = [];
  let reconnects = 0;
  for (let n = 0; n < CLIENTS; n += 1) {
    const pusher = clients.pusherJs(clients.address(balancer.port));
    assert.equal(resume(pusher), true);
    pusher.connection.bind('state_change', ({ current, previous }) => {
      if (current === 'connected' && previous !== 'connected') reconnects += 1;
    });
    received.push(collect(await subscribed(pusher, 'rolling')));
  }
  const [first] = received;
  reconnects = 0;
  const backend = new RepeatingBackend('rolling');
  const farewells = [];
  for (let n = 0; n < BYSTANDERS; n += 50) await Promise.all(Array.from({ length: 50 }, () => standBy(farewells)));

  for (const port of ports) {
    const told = farewells.length;
    await nodes.stopSockets(port);
    // A third of the bystanders, at 2,000 in a second, takes 75 ms; no half of them goes within 10.
    const times = farewells.slice(told);
    assert.ok(times.length > BYSTANDERS / 4, `only ${times.length} were told to go`);
    const half = Math.floor(times.length / 2);
    const quickest = Math.min(...times.slice(half).map((at, index) => at - times[index]));
    assert.ok(quickest > 10, `half of ${times.length} sockets were told within ${quickest} ms`);
    await nodes.startSockets(port);
    const sentBefore = backend.sent;
    await until('events after the restart', () => first.at(-1)?.[1].n > sentBefore, COMES_BACK_MS);
  }

  await backend.stop();
  const expected = Array.from({ length: backend.sent }, (_, index) => index + 1);
  for (const events of received) {
    const numbers = () => events.map(([, { n }]) => n);
    await until(() => `event ${backend.sent}; there are ${numbers().length}`, () => numbers().at(-1) === backend.sent, COMES_BACK_MS);
    const wrong = numbers().findIndex((n, index) => n !== expected[index]);
    assert.equal(wrong, -1, `${numbers().slice(Math.max(0, wrong - 3), wrong + 4)}`);
    assert.equal(numbers().length, backend.sent);
  }
  assert.ok(reconnects >= CLIENTS, `every client was moved, and not ${reconnects} of ${CLIENTS}`);
});
