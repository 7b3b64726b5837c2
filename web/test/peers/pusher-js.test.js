/** pusher-js as it comes from the registry, against the real server. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChatCaller } from '../support/chat-api.js';
import { freePort, startServer } from '../support/server.js';
import { collect, connected, next, StockClients, subscribed } from '../support/stock-clients.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/wait.js';

const COMES_BACK_MS = 20_000;

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

test('connects and is given a socket id of its own', async () => {
  const [one, two] = [clients.pusherJs(), clients.pusherJs()];
  const ids = [await connected(one), await connected(two)];
  for (const id of ids) assert.match(id, /^\d+\.\d+$/);
  assert.notEqual(ids[0], ids[1]);
});

test('the HTTP port takes sockets as well', async () => {
  const pusher = clients.pusherJs(clients.address(server.httpPort));
  await connected(pusher);
  const channel = await subscribed(pusher, 'on-the-http-port');
  const event = next(channel, 'hello');
  await clients.http().trigger('on-the-http-port', 'hello', { from: 'the other port' });
  assert.deepEqual(await event, { from: 'the other port' });
});

test('a public channel receives until it is unsubscribed', async () => {
  const pusher = clients.pusherJs();
  const news = await subscribed(pusher, 'news');
  const marker = await subscribed(pusher, 'marker');
  const received = collect(news);
  const http = clients.http();
  await http.trigger('news', 'first', { text: 'Ü – 你好 – \u{1f600}' });
  await until('the first event', () => received.length === 1);
  pusher.unsubscribe('news');

  // Frames keep their order, so that the answer to a later subscription comes after the unsubscription.
  await subscribed(pusher, 'later');
  const second = next(marker, 'second');
  await http.trigger(['news', 'marker'], 'second', {});
  await second;
  assert.deepEqual(received, [['first', { text: 'Ü – 你好 – \u{1f600}' }]]);

  const again = await subscribed(pusher, 'news');
  const event = next(again, 'third');
  await http.trigger('news', 'third', {});
  await event;
});

test('a conversation is a private channel, signed by /broadcasting/auth for those who are in it', async () => {
  const visitor = await ChatCaller.visitor(server);
  const stranger = await ChatCaller.visitor(server);
  const name = `private-chat.conversation.${visitor.conversationId}`;
  const channel = await subscribed(clients.pusherJs({ caller: visitor }), name);
  const event = next(channel, 'ChatMessageReceived');
  await visitor.say(visitor.conversationId, 'Hello');
  assert.equal((await event).message, 'Hello');

  const refused = clients.pusherJs({ caller: stranger }).subscribe(name);
  const error = await next(refused, 'pusher:subscription_error');
  assert.equal(error.status, 403);
  assert.equal(refused.subscribed, false);
});

test('the socket that posts a message is not told of it', async () => {
  const visitor = await ChatCaller.visitor(server);
  const name = `private-chat.conversation.${visitor.conversationId}`;
  const [poster, other] = [clients.pusherJs({ caller: visitor }), clients.pusherJs({ caller: visitor })];
  const own = collect(await subscribed(poster, name));
  const others = collect(await subscribed(other, name));
  await visitor.say(visitor.conversationId, 'first', await connected(poster));
  await visitor.say(visitor.conversationId, 'second');
  await until('the second message', () => own.length === 1 && others.length === 2);
  assert.deepEqual(own.map(([, { message }]) => message), ['second']);
  assert.deepEqual(others.map(([, { message }]) => message), ['first', 'second']);
});

test('a wrong signature is a subscription error on its channel, and the connection goes on', async () => {
  const forged = () => ({ authorize: (socketId, answer) => answer(null, { auth: `${clients.app.key}:${'0'.repeat(64)}` }) });
  const pusher = clients.pusherJs({ authorizer: forged });
  const channel = pusher.subscribe('private-forged');
  const error = await next(channel, 'pusher:subscription_error');
  assert.equal(error.type, 'AuthError');
  assert.equal(error.status, 401);
  assert.equal(channel.subscribed, false);
  await subscribed(pusher, 'still-usable');
});

test('client events go to the others on a private channel, and nowhere else', async () => {
  const authorizer = clients.signing();
  const [one, two, three] = [1, 2, 3].map(() => clients.pusherJs({ authorizer }));
  const [ours, theirs] = [await subscribed(one, 'private-room'), await subscribed(two, 'private-room')];
  const elsewhere = collect(await subscribed(three, 'private-other-room'));
  const [sent, received] = [collect(ours), collect(theirs)];
  for (const number of [1, 2, 3]) assert.equal(ours.trigger('client-typing', { number }), true);
  await until('three client events', () => received.length === 3);
  assert.deepEqual(received, [1, 2, 3].map((number) => ['client-typing', { number }]));

  theirs.trigger('client-answer', { done: true });
  await until('the answer', () => sent.length === 1);
  assert.deepEqual(sent, [['client-answer', { done: true }]]);
  assert.deepEqual(elsewhere, []);
});

test('a short activity timeout keeps a silent connection alive by pings', async () => {
  const pusher = clients.pusherJs({ activityTimeout: 100, pongTimeout: 5_000 });
  const socketId = await connected(pusher);
  let answers = 0;
  pusher.connection.connection.bind('pong', () => (answers += 1));
  pusher.connection.connection.bind('activity', () => (answers += 1));
  await until('three answered pings', () => answers >= 3);
  assert.equal(pusher.connection.state, 'connected');
  assert.equal(pusher.connection.socket_id, socketId);
});

test('an unknown key ends for good, with a reason', async () => {
  const pusher = clients.pusherJs({ key: 'nobody-has-this-key' });
  const error = await next(pusher.connection, 'error');
  assert.equal((error.error?.data ?? error.data).code, 4001);
  await until('the end', () => pusher.connection.state === 'disconnected');
  assert.equal(pusher.connection.retryTimer ?? null, null, 'no further attempt is planned');
});

test('after the server was killed and started it reconnects and subscribes by itself', async (t) => {
  const own = await startServer();
  const ownClients = await StockClients.of(own);
  t.after(async () => {
    ownClients.close();
    await own.close();
  });
  const pusher = ownClients.pusherJs({ authorizer: ownClients.signing() });
  const channels = [await subscribed(pusher, 'open'), await subscribed(pusher, 'private-closed')];
  const before = pusher.connection.socket_id;
  const again = channels.map((channel) => next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS));
  await own.kill();
  await own.start();
  await Promise.all(again);
  assert.notEqual(pusher.connection.socket_id, before);
  const events = channels.map((channel) => next(channel, 'after'));
  await ownClients.http().trigger(['open', 'private-closed'], 'after', { restart: true });
  assert.deepEqual(await Promise.all(events), [{ restart: true }, { restart: true }]);
});

test('a server that stops says so, and its clients go at once to the one that takes its place', async (t) => {
  const own = await startServer({ split: true });
  const ownClients = await StockClients.of(own);
  const proxy = new TcpProxy(own.socketPort);
  await proxy.open();
  t.after(async () => {
    ownClients.close();
    await own.close();
    await proxy.close();
  });
  const pusher = ownClients.pusherJs(ownClients.address(proxy.port));
  const channel = await subscribed(pusher, 'rolling');
  const successor = await freePort();
  await own.startSockets(successor);
  proxy.target = successor;
  const reason = next(pusher.connection, 'error');
  const again = next(channel, 'pusher:subscription_succeeded', 900);
  await own.stopSockets();
  assert.equal((await reason).data.code, 4200);
  await again;
  const event = next(channel, 'after');
  await ownClients.http({ port: successor }).trigger('rolling', 'after', {});
  await event;
});

test('a line that is cut is reconnected and subscribed again', async (t) => {
  const proxy = new TcpProxy(server.socketPort);
  await proxy.open();
  t.after(() => proxy.close());
  const pusher = clients.pusherJs(clients.address(proxy.port));
  const channel = await subscribed(pusher, 'over-a-proxy');
  const again = next(channel, 'pusher:subscription_succeeded', COMES_BACK_MS);
  proxy.cut();
  await again;
  const event = next(channel, 'after');
  await clients.http().trigger('over-a-proxy', 'after', {});
  await event;
  pusher.disconnect();
});
