/** `pusher`, the HTTP client for backends, as it comes from the registry. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../support/server.js';
import { collect, connected, next, StockClients, subscribed } from '../support/stock-clients.js';
import { until } from '../support/wait.js';

let server;
let clients;
before(async () => {
  server = await startServer();
  clients = await StockClients.of(server);
});
after(async () => {
  clients?.close();
  await server?.close();
});

test('an event reaches one channel, with its data as it was', async () => {
  const channel = await subscribed(clients.pusherJs(), 'orders');
  const event = next(channel, 'OrderShipped');
  const data = { id: 7, nested: { list: [1, 2.5, null, true] }, text: 'Zażółć “quoted” \\ \u{1f680}' };
  const response = await clients.http().trigger('orders', 'OrderShipped', data);
  assert.equal(response.status, 200);
  assert.deepEqual(await event, data);
});

test('an event reaches a hundred channels, once each', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `many-${index}`);
  const pusher = clients.pusherJs();
  const received = [];
  for (const name of names) {
    const channel = await subscribed(pusher, name);
    channel.bind('to-all', (data) => received.push([name, data]));
  }
  await clients.http().trigger(names, 'to-all', { n: 1 });
  await until('a hundred events', () => received.length >= names.length);
  assert.deepEqual(received.map(([name]) => name).sort(), [...names].sort());
});

test('the socket that is named is left out', async () => {
  const [sender, other] = [clients.pusherJs(), clients.pusherJs()];
  const socketId = await connected(sender);
  const own = collect(await subscribed(sender, 'excluding'));
  const others = collect(await subscribed(other, 'excluding'));
  const http = clients.http();
  await http.trigger('excluding', 'first', {}, { socket_id: socketId });
  await http.trigger('excluding', 'second', {});
  await until('the second event', () => own.length === 1 && others.length === 2);
  assert.deepEqual(own, [['second', {}]]);
  assert.deepEqual(others, [['first', {}], ['second', {}]]);
});

test('a wrong secret is a 401, and nothing is sent', async () => {
  const received = collect(await subscribed(clients.pusherJs(), 'guarded'));
  await assert.rejects(clients.http({ secret: 'not the secret' }).trigger('guarded', 'forged', {}), { status: 401 });
  await assert.rejects(clients.http({ key: 'unknown-key' }).trigger('guarded', 'forged', {}), { status: 401 });
  await clients.http().trigger('guarded', 'genuine', {});
  await until('the genuine event', () => received.length > 0);
  assert.deepEqual(received, [['genuine', {}]]);
});

test('an app that does not exist is a 404', async () => {
  await assert.rejects(clients.http({ appId: '999999999' }).trigger('anything', 'event', {}), { status: 404 });
});

test('data of more than 10 kB is a 413, and exactly that much passes', async () => {
  const channel = await subscribed(clients.pusherJs(), 'heavy');
  const http = clients.http();
  // The package sends a text as it is, and everything else as JSON.
  const text = (bytes) => 'x'.repeat(bytes);
  await assert.rejects(http.trigger('heavy', 'too-large', text(10_241)), { status: 413 });
  const event = next(channel, 'just-right');
  await http.trigger('heavy', 'just-right', text(10_240));
  assert.equal((await event).length, 10_240);
});

test('authorizeChannel makes signatures that the server accepts', async () => {
  const pusher = clients.pusherJs({ authorizer: clients.signing() });
  const channel = await subscribed(pusher, 'private-signed');
  const event = next(channel, 'secret');
  await clients.http().trigger('private-signed', 'secret', { n: 1 });
  assert.deepEqual(await event, { n: 1 });
});
