/** pusher-js where members may be away for a moment: what the others see of a lost connection. And the limits that can be set. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../support/server.js';
import { next, StockClients, subscribed } from '../support/stock-clients.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/wait.js';

/** Longer than pusher-js takes to connect again: it waits for a second first. */
const GRACE_SECONDS = 4;

let server;
let clients;
let http;
let proxy;
before(async () => {
  server = await startServer({
    env: {
      ANTIPHON_PRESENCE_GRACE_SECONDS: String(GRACE_SECONDS),
      ANTIPHON_PRESENCE_MAX_MEMBERS: '3',
      ANTIPHON_PRESENCE_USER_INFO_BYTES: '40',
    },
  });
  clients = await StockClients.of(server);
  http = clients.http();
  proxy = new TcpProxy(server.socketPort);
  await proxy.open();
});
after(async () => {
  clients?.close();
  await proxy?.refuse();
  await server?.close();
});

function memberOf(id, options = {}) {
  return clients.pusherJs({
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, answer) =>
        answer(null, http.authorizeChannel(socketId, channelName, { user_id: id, user_info: { name: id } })),
    },
    ...options,
  });
}

/** Who comes to a channel and goes, and what else happens there, from now on. */
function watch(room) {
  const events = [];
  room.bind('pusher:member_added', ({ id }) => events.push(`+${id}`));
  room.bind('pusher:member_removed', ({ id }) => events.push(`-${id}`));
  room.bind('marker', () => events.push('marker'));
  return events;
}

/** How many the server says there are. */
async function count(room) {
  const channel = await http.get({ path: `/channels/${room}`, params: { info: 'user_count,subscription_count' } });
  return channel.json();
}

test('a member whose connection breaks and comes back was never gone', async () => {
  const room = await subscribed(memberOf('ana'), 'presence-room');
  const theirs = await subscribed(memberOf('ben', clients.address(proxy.port)), 'presence-room');
  await until('ben', () => room.members.count === 2);
  const events = watch(room);

  let again = 0;
  theirs.bind('pusher:subscription_succeeded', () => again++);
  proxy.cut();
  await until('the loss', async () => (await count('presence-room')).subscription_count === 1);
  assert.deepEqual(await count('presence-room'), { occupied: true, user_count: 2, subscription_count: 1 });
  await until('ben again', () => again === 1);
  await http.trigger('presence-room', 'marker', {});
  await until('the marker', () => events.includes('marker'));
  assert.deepEqual(events, ['marker']);
  assert.equal(theirs.members.count, 2);
});

test('a member that does not come back is removed when its time is over', async () => {
  const room = await subscribed(memberOf('ana'), 'presence-lost');
  await subscribed(memberOf('eve', clients.address(proxy.port)), 'presence-lost');
  await until('eve', () => room.members.count === 2);
  const events = watch(room);
  const start = performance.now();
  await proxy.refuse();
  await until('the loss', async () => (await count('presence-lost')).subscription_count === 1);
  assert.deepEqual(events, []);
  await until('the removal', () => events.length > 0, 10_000);
  assert.ok(performance.now() - start >= GRACE_SECONDS * 1000 - 1, 'not before');
  assert.deepEqual(events, ['-eve']);
  assert.equal(room.members.count, 1);
  await proxy.open();
});

test('a member that says goodbye leaves at once', async () => {
  const room = await subscribed(memberOf('ana'), 'presence-goodbye');
  const [one, two] = [memberOf('cleo'), memberOf('dan')];
  await subscribed(one, 'presence-goodbye');
  await subscribed(two, 'presence-goodbye');
  await until('both', () => room.members.count === 3);
  const start = performance.now();
  one.disconnect();
  two.unsubscribe('presence-goodbye');
  await until('their leave', () => room.members.count === 1);
  assert.ok(performance.now() - start < GRACE_SECONDS * 1000, 'before a lost member would be removed');
});

test('how many members there may be, and how much is told of them, is as configured', async () => {
  for (const id of ['1', '2', '3']) await subscribed(memberOf(id), 'presence-full');
  const full = await next(memberOf('4').subscribe('presence-full'), 'pusher:subscription_error');
  assert.equal(full.type, 'LimitReached');
  const large = await next(memberOf('x'.repeat(40)).subscribe('presence-other'), 'pusher:subscription_error');
  assert.equal(large.type, 'InvalidMember');
  await subscribed(memberOf('x'.repeat(20)), 'presence-other');
});
