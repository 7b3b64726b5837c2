/** Stock clients with `antiphon-resume`, over lines that are cut: every event of a backend arrives, once, and in order. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Backend, loadResume } from '../support/recovery.js';
import { startServer } from '../support/server.js';
import { collect, connected, next, StockClients, subscribed } from '../support/stock-clients.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/wait.js';

/** A second in a test that goes as it should; when an attempt was refused, pusher-js makes the next one after sixteen. */
const COMES_BACK_MS = 40_000;

let server;
let clients;
let http;
let resume;
before(async () => {
  server = await startServer();
  clients = await StockClients.of(server);
  http = clients.http();
  resume = await loadResume(server);
});
after(async () => {
  clients?.close();
  await server?.close();
});

async function lineTo(t, port) {
  const proxy = new TcpProxy(port);
  await proxy.open();
  t.after(() => proxy.close());
  return proxy;
}

/** pusher-js with the plug-in behind a line of its own, for a user who may listen everywhere. */
async function setUp(t, { of = clients, port = server.socketPort, plugIn = true, sign: signer = of.http(), ...options } = {}) {
  const proxy = await lineTo(t, port);
  const sign = ({ socketId, channelName }, answer) => {
    const member = channelName.startsWith('presence-') ? { user_id: 'ana' } : undefined;
    answer(null, signer.authorizeChannel(socketId, channelName, member));
  };
  const pusher = of.pusherJs({ ...of.address(proxy.port), channelAuthorization: { customHandler: sign }, ...options });
  t.after(() => pusher.disconnect());
  if (plugIn) assert.equal(resume(pusher), true);
  return { pusher, proxy };
}

/** A server for one test, as options of `setUp`. */
async function ownServer(t, env = {}) {
  const own = await startServer({ env });
  t.after(() => own.close());
  return { of: await StockClients.of(own), port: own.socketPort };
}

/** The line is dead, and the client knows; it tries again after a second, which is long enough for what a test does. */
async function lose({ pusher, proxy }) {
  await proxy.refuse();
  await until('the loss', () => pusher.connection.connection === null);
}

for (const kind of ['public', 'private', 'presence']) {
  const prefix = kind === 'public' ? '' : `${kind}-`;

  test(`${kind}: what was sent while there was no line comes when there is one again`, async (t) => {
    const name = `${prefix}gap`;
    const { pusher, proxy } = await setUp(t);
    const channel = await subscribed(pusher, name);
    const received = collect(channel);
    const backend = new Backend(http, name);
    await backend.send(3);
    await until('three events', () => received.length === 3);
    await lose({ pusher, proxy });
    await backend.send(20);
    const again = next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS);
    await proxy.open();
    await again;
    await backend.send(3);
    await backend.assertComplete(received);
  });

  test(`${kind}: a channel that had no event yet misses none either`, async (t) => {
    const name = `${prefix}nothing-yet`;
    const { pusher, proxy } = await setUp(t);
    const received = collect(await subscribed(pusher, name));
    await lose({ pusher, proxy });
    const backend = new Backend(http, name);
    await backend.send(5);
    await proxy.open();
    await backend.assertComplete(received);
  });
}

test('without the plug-in what is sent in the gap is lost: these tests can fail', async (t) => {
  const { pusher, proxy } = await setUp(t, { plugIn: false });
  const channel = await subscribed(pusher, 'stock');
  const received = collect(channel);
  const backend = new Backend(http, 'stock');
  await backend.send(2);
  await until('two events', () => received.length === 2);
  await lose({ pusher, proxy });
  await backend.send(2);
  const again = next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS);
  await proxy.open();
  await again;
  await backend.send(1);
  await backend.assertComplete(received, { without: [3, 4] });
});

test('a line that is cut again and again under a stream of events loses, doubles and reorders nothing', async (t) => {
  const names = ['storm', 'private-storm', 'presence-storm'];
  const own = await ownServer(t, { ANTIPHON_HISTORY_EVENTS: '100000', ANTIPHON_HISTORY_BYTES: '500000' });
  const { pusher, proxy } = await setUp(t, own);
  const channels = [];
  for (const name of names) channels.push(await subscribed(pusher, name));
  const received = channels.map(collect);
  const backend = new Backend(own.of.http(), ...names);
  const stop = backend.stream();
  for (let cut = 1; cut <= 4; cut += 1) {
    const again = channels.map((channel) => next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS));
    proxy.cut();
    await Promise.all(again);
    await until('news', () => received.every((events) => events.at(-1)?.[1].n > backend.sent - 5));
  }
  await stop();
  for (const events of received) await backend.assertComplete(events);
  assert.ok(backend.sent > 100, `only ${backend.sent} events`);
});

test('a laptop that sleeps loses what was on its way to it, and gets it when it wakes', async (t) => {
  const { pusher, proxy } = await setUp(t, { activityTimeout: 400, pongTimeout: 400 });
  const channel = await subscribed(pusher, 'sleep');
  const received = collect(channel);
  const backend = new Backend(http, 'sleep');
  await backend.send(2);
  await until('two events', () => received.length === 2);
  // Nobody is told: the server goes on writing into the connection.
  proxy.abandon();
  const again = next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS);
  await backend.send(10);
  assert.equal(pusher.connection.state, 'connected', 'the client knows nothing either');
  await again;
  await backend.send(3);
  await backend.assertComplete(received);
});

test('a pause that the application made is a gap like any other', async (t) => {
  const { pusher } = await setUp(t);
  const received = collect(await subscribed(pusher, 'paused'));
  const backend = new Backend(http, 'paused');
  await backend.send(1);
  await until('the first event', () => received.length === 1);
  pusher.disconnect();
  await backend.send(4);
  pusher.connect();
  await backend.assertComplete(received);
});

test('what left out the connection before is left out again', async (t) => {
  const { pusher, proxy } = await setUp(t);
  const received = collect(await subscribed(pusher, 'to-others'));
  const socketId = await connected(pusher);
  const backend = new Backend(http, 'to-others');
  await backend.send(1);
  await backend.send(1, { socket_id: socketId });
  await lose({ pusher, proxy });
  await backend.send(1, { socket_id: socketId });
  await backend.send(1);
  await proxy.open();
  await backend.assertComplete(received, { without: [2, 3] });
});

test('what left out the connection after is left out, also if it was sent before that was subscribed', async (t) => {
  const backend = new Backend(http, 'private-early');
  let isBack = false;
  const customHandler = async ({ socketId, channelName }, answer) => {
    // The page that is back on line acts before its subscription is in force.
    if (isBack) await backend.send(1, { socket_id: socketId });
    answer(null, http.authorizeChannel(socketId, channelName));
  };
  const { pusher, proxy } = await setUp(t, { channelAuthorization: { customHandler } });
  const channel = await subscribed(pusher, 'private-early');
  const received = collect(channel);
  await backend.send(1);
  await until('the first event', () => received.length === 1);
  isBack = true;
  const again = next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS);
  proxy.cut();
  await again;
  await backend.send(1);
  await backend.assertComplete(received, { without: [2] });
});

test('client events are not sent again', async (t) => {
  const { pusher, proxy } = await setUp(t);
  const other = await setUp(t);
  const received = collect(await subscribed(pusher, 'private-whispers'));
  const speaker = await subscribed(other.pusher, 'private-whispers');
  const backend = new Backend(http, 'private-whispers');
  speaker.trigger('client-typing', { n: 1 });
  await until('the whisper', () => received.length === 1);
  await lose({ pusher, proxy });
  speaker.trigger('client-typing', { n: 2 });
  await backend.send(1);
  await proxy.open();
  await backend.assertComplete(received);
  assert.deepEqual(received, [['client-typing', { n: 1 }], ['numbered', { n: 1 }]]);
});

test('a channel that was unsubscribed begins anew', async (t) => {
  const { pusher } = await setUp(t);
  await subscribed(pusher, 'left');
  const backend = new Backend(http, 'left');
  pusher.unsubscribe('left');
  await backend.send(3);
  const received = collect(await subscribed(pusher, 'left'));
  await backend.send(1);
  await backend.assertComplete(received, { from: 4 });
});

test('an end-to-end encrypted channel recovers too', async (t) => {
  const secret = clients.http({ encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString('base64') });
  const { pusher, proxy } = await setUp(t, { nacl: createRequire(import.meta.url)('tweetnacl'), sign: secret });
  const received = collect(await subscribed(pusher, 'private-encrypted-vault'));
  const backend = new Backend(secret, 'private-encrypted-vault');
  await backend.send(1);
  await until('the first event', () => received.length === 1);
  await lose({ pusher, proxy });
  await backend.send(5);
  await proxy.open();
  await backend.assertComplete(received);
});

test('what was sent to a signed-in user who was away arrives', async (t) => {
  const customHandler = ({ socketId }, answer) => answer(null, http.authenticateUser(socketId, { id: 'uma' }));
  const { pusher, proxy } = await setUp(t, { userAuthentication: { customHandler } });
  const notices = [];
  pusher.user.bind('notice', ({ n }) => notices.push(n));
  pusher.signin();
  const isReachable = () => pusher.user.serverToUserChannel?.subscribed;
  await until('the subscription', isReachable);
  await http.sendToUser('uma', 'notice', { n: 1 });
  await until('the first notice', () => notices.length === 1);
  const earlier = pusher.connection.socket_id;
  await lose({ pusher, proxy });
  for (const n of [2, 3]) await http.sendToUser('uma', 'notice', { n });
  await proxy.open();
  await until('the return', () => pusher.connection.socket_id !== earlier && isReachable(), COMES_BACK_MS);
  await http.sendToUser('uma', 'notice', { n: 4 });
  await until('the last notice', () => notices.includes(4));
  assert.deepEqual(notices, [1, 2, 3, 4]);
});

test('a channel that keeps no history is as it always was, beside one that does', async (t) => {
  const own = await ownServer(t, { ANTIPHON_HISTORY_CHANNELS: 'private-' });
  const { pusher, proxy } = await setUp(t, own);
  const channels = [await subscribed(pusher, 'fleeting'), await subscribed(pusher, 'private-kept')];
  const resyncs = [];
  for (const channel of channels) channel.bind('pusher:resync', (data) => resyncs.push(data));
  const [fleeting, kept] = channels.map(collect);
  const backend = new Backend(own.of.http(), 'fleeting', 'private-kept');
  await backend.send(1);
  await until('the first event', () => fleeting.length === 1 && kept.length === 1);
  await lose({ pusher, proxy });
  await backend.send(1);
  const again = channels.map((channel) => next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS));
  await proxy.open();
  await Promise.all(again);
  await backend.send(1);
  await backend.assertComplete(fleeting, { without: [2] });
  await backend.assertComplete(kept);
  assert.deepEqual(resyncs, []);
});

test('several clients in one process recover each for itself', async (t) => {
  const [one, two] = [await setUp(t), await setUp(t)];
  const [ones, twos] = [collect(await subscribed(one.pusher, 'both')), collect(await subscribed(two.pusher, 'both'))];
  const backend = new Backend(http, 'both');
  await backend.send(2);
  await lose(one);
  await backend.send(2);
  await lose(two);
  await backend.send(2);
  await two.proxy.open();
  await one.proxy.open();
  await backend.assertComplete(ones);
  await backend.assertComplete(twos);
});

for (const broadcaster of ['reverb', 'pusher']) {
  test(`Laravel Echo (${broadcaster}) recovers what it missed`, async (t) => {
    const proxy = await lineTo(t, server.socketPort);
    const echo = clients.echo(broadcaster, { headers: {} }, { ...clients.address(proxy.port), authorizer: clients.signing() });
    assert.equal(resume(echo), true);
    const received = [];
    const channel = echo.private('echoed');
    channel.listen('.numbered', (data) => received.push(['numbered', data]));
    await until('the subscription', () => channel.subscription.subscribed);
    const backend = new Backend(http, 'private-echoed');
    await backend.send(2);
    await lose({ pusher: echo.connector.pusher, proxy });
    await backend.send(6);
    await backend.send(1, { socket_id: echo.socketId() });
    await backend.send(1);
    await proxy.open();
    await backend.assertComplete(received, { without: [9] });
  });
}

test('after a gap that is longer than the history the channel is told to begin anew', async (t) => {
  const own = await ownServer(t, { ANTIPHON_HISTORY_EVENTS: '10' });
  const { pusher, proxy } = await setUp(t, own);
  const [long, short] = [await subscribed(pusher, 'long'), await subscribed(pusher, 'short')];
  const [longs, shorts] = [collect(long), collect(short)];
  const resyncs = [];
  for (const channel of [long, short]) channel.bind('pusher:resync', (data) => resyncs.push([channel.name, data]));
  const [many, few] = [new Backend(own.of.http(), 'long'), new Backend(own.of.http(), 'short')];
  await lose({ pusher, proxy });
  await many.send(30);
  await few.send(5);
  await proxy.open();
  await few.assertComplete(shorts);
  await until('the notice', () => resyncs.length > 0);
  assert.equal(resyncs.length, 1);
  assert.equal(resyncs[0][0], 'long');
  assert.match(resyncs[0][1].reason, /\w/);
  assert.deepEqual(longs, [], 'what is left of the gap would be a state with holes');

  await lose({ pusher, proxy });
  await many.send(5);
  await proxy.open();
  await many.assertComplete(longs, { from: 31 });
  assert.equal(resyncs.length, 1, 'from there on it recovers');
});

test('a server that was started anew does not pretend to know what it had sent', async (t) => {
  const own = await ownServer(t);
  const { pusher } = await setUp(t, own);
  const channel = await subscribed(pusher, 'restarted');
  const received = collect(channel);
  const backend = new Backend(own.of.http(), 'restarted');
  await backend.send(2);
  await until('two events', () => received.length === 2);
  const notice = next(channel, 'pusher:resync', COMES_BACK_MS);
  await own.of.server.kill();
  await own.of.server.start();
  await notice;
  await backend.send(2);
  await backend.assertComplete(received);
});
