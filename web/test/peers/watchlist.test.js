/** pusher-js and watch lists: who of them is online, and being told who comes and goes. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../support/server.js';
import { connected, StockClients } from '../support/stock-clients.js';
import { until } from '../support/wait.js';

let server;
let clients;
let http;
before(async () => {
  server = await startServer();
  clients = await StockClients.of(server);
  http = clients.http();
});
after(async () => {
  clients?.close();
  await server?.close();
});

/** pusher-js signed in as a user, with what it was told of those it watches, in order. */
async function signedIn(id, watchlist) {
  const pusher = clients.pusherJs({
    userAuthentication: {
      customHandler: ({ socketId }, answer) => answer(null, http.authenticateUser(socketId, { id, watchlist })),
    },
  });
  const told = [];
  for (const name of ['online', 'offline']) {
    pusher.user.watchlist.bind(name, ({ user_ids: ids }) => told.push([name, ids]));
  }
  const errors = [];
  pusher.connection.bind('error', (error) => errors.push(error));
  await connected(pusher);
  pusher.signin();
  await until(`the sign-in of ${id}`, () => pusher.user.user_data?.id === id);
  return { pusher, told, errors };
}

test('a watcher learns who is online, and then who comes and goes', async () => {
  await signedIn('ben');
  const { told, errors } = await signedIn('ana', ['cleo', 'ben', 'dan']);
  await until('the list', () => told.length >= 2);
  assert.deepEqual(told.splice(0), [['online', ['ben']], ['offline', ['cleo', 'dan']]]);

  const tabs = [await signedIn('cleo'), await signedIn('cleo')];
  await until('cleo', () => told.length > 0);
  tabs[0].pusher.disconnect();
  await signedIn('dan');
  await until('dan', () => told.length > 1);
  assert.deepEqual(told.splice(0), [['online', ['cleo']], ['online', ['dan']]], 'neither tab of cleo is told of');

  tabs[1].pusher.disconnect();
  await until('the end of cleo', () => told.length > 0);
  assert.deepEqual(told, [['offline', ['cleo']]]);
  assert.deepEqual(errors, []);
});

test('a list that is too long is cut, with an error that leaves the connection open', async () => {
  const ids = Array.from({ length: 101 }, (_, n) => `user-${n}`);
  const { pusher, told, errors } = await signedIn('eva', ids);
  await until('the list', () => told.length > 0);
  assert.deepEqual(told.splice(0), [['offline', ids.slice(0, 100)]]);
  assert.deepEqual(errors.map((error) => error.error?.data?.code ?? error.data?.code), [4302]);

  await signedIn('user-99');
  await until('the last who is watched', () => told.length > 0);
  assert.deepEqual(told, [['online', ['user-99']]]);
  assert.equal(pusher.connection.state, 'connected');
});
