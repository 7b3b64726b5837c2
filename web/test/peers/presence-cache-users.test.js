/** pusher-js and the HTTP SDK on presence channels, cache channels and signed-in users. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../support/server.js';
import { collect, connected, loosened, next, StockClients, subscribed } from '../support/stock-clients.js';
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

/** pusher-js whose channels and sign-in are signed for one user. */
function userOf(id, info = { name: `User ${id}` }) {
  return clients.pusherJs({
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, answer) =>
        answer(null, http.authorizeChannel(socketId, channelName, { user_id: id, user_info: info })),
    },
    userAuthentication: {
      customHandler: ({ socketId }, answer) => answer(null, http.authenticateUser(socketId, { id, user_info: info })),
    },
  });
}

test('members see each other come and go, one entry for two tabs', async () => {
  const room = await subscribed(userOf('ana'), 'presence-room');
  assert.equal(room.members.count, 1);
  assert.equal(room.members.me.id, 'ana');
  const added = next(room, 'pusher:member_added');
  const bens = [userOf('ben'), userOf('ben')];
  const theirs = await subscribed(bens[0], 'presence-room');
  assert.equal((await added).id, 'ben');
  assert.deepEqual(theirs.members.get('ana').info, { name: 'User ana' });

  const events = collect(room);
  for (const name of ['pusher:member_added', 'pusher:member_removed']) room.bind(name, () => events.push([name]));
  await subscribed(bens[1], 'presence-room');
  bens[0].disconnect();
  await http.trigger('presence-room', 'marker', {});
  await until('the marker', () => events.some(([name]) => name === 'marker'));
  assert.deepEqual(events.map(([name]) => name), ['marker'], 'neither the second tab nor the first one leaving is told');

  const removed = next(room, 'pusher:member_removed');
  bens[1].disconnect();
  assert.equal((await removed).id, 'ben');
  assert.equal(room.members.count, 1);
});

test('a client event on a presence channel names its sender', async () => {
  const [sender, receiver] = [userOf('sam'), userOf('rae')];
  const [from, to] = [await subscribed(sender, 'presence-talk'), await subscribed(receiver, 'presence-talk')];
  const heard = new Promise((resolve) => to.bind('client-typing', (data, metadata) => resolve({ data, metadata })));
  from.trigger('client-typing', { typing: true });
  assert.deepEqual(await heard, { data: { typing: true }, metadata: { user_id: 'sam' } });
});

test('the members of a presence channel can be asked for', async () => {
  await subscribed(userOf('ida'), 'presence-asked');
  const users = await http.get({ path: '/channels/presence-asked/users' });
  assert.deepEqual(await users.json(), { users: [{ id: 'ida' }] });
  const channel = await http.get({ path: '/channels/presence-asked', params: { info: 'user_count,subscription_count' } });
  assert.deepEqual(await channel.json(), { occupied: true, user_count: 1, subscription_count: 1 });
});

test('a cache channel replays its last event, and says when it has none', async () => {
  const late = clients.pusherJs();
  const empty = late.subscribe('cache-empty');
  await next(empty, 'pusher:cache_miss');
  await http.trigger('cache-prices', 'price', { euro: 1 });
  await http.trigger('cache-prices', 'price', { euro: 2 });
  const channel = late.subscribe('cache-prices');
  assert.deepEqual(await next(channel, 'price'), { euro: 2 });
});

test('a signed-in user is reached by id, and can be shut out', async () => {
  const pusher = userOf('uma');
  await connected(pusher);
  const reached = new Promise((resolve) => pusher.user.bind('notice', resolve));
  pusher.signin();
  await until('the sign-in', () => pusher.user.user_data?.id === 'uma');
  await until('the event', async () => {
    await http.sendToUser('uma', 'notice', { text: 'for you' });
    return Promise.race([reached.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);
  });
  assert.deepEqual(await reached, { text: 'for you' });

  const states = [];
  pusher.connection.bind('state_change', ({ current }) => states.push(current));
  const loosen = loosened(pusher);
  await http.terminateUserConnections('uma');
  await until('the end of the connection', () => states.includes('disconnected') || states.includes('failed'));
  loosen();
});

test('a batch reaches each of its channels', async () => {
  const pusher = clients.pusherJs();
  const [one, two] = [await subscribed(pusher, 'batch-1'), await subscribed(pusher, 'batch-2')];
  const events = [next(one, 'first'), next(two, 'second')];
  await http.triggerBatch([
    { channel: 'batch-1', name: 'first', data: { n: 1 } },
    { channel: 'batch-2', name: 'second', data: { n: 2 } },
  ]);
  assert.deepEqual(await Promise.all(events), [{ n: 1 }, { n: 2 }]);
});
