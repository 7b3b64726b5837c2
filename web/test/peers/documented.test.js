/** The examples of `docs/clients.md`, run as they stand there but for the server's address and the credentials. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import Pusher from 'pusher-js';
import { ChatCaller } from '../support/chat-api.js';
import { Examples, runModule } from '../support/examples.js';
import { HostSite } from '../support/host-page.js';
import { noPython, pythonWithSdk } from '../support/python.js';
import { startServer } from '../support/server.js';
import { next, StockClients, subscribed } from '../support/stock-clients.js';
import { until } from '../support/wait.js';

const CHANNELS = 40;
/** Every example has its test here; a new one is added to this list together with its test. */
const TESTED = ['pusher-js', 'echo', 'node', 'python', 'resume', 'resync', 'history', 'history-node', 'batched-authorization', 'batched-use'];

let server;
let clients;
let examples;
let site;
/** What a reader replaces in the options of a browser's client, and of a backend's. */
let inBrowser;
let inBackend;
const open = [];

before(async () => {
  server = await startServer();
  clients = await StockClients.of(server);
  examples = await Examples.of('docs/clients.md');
  const { id, key, secret } = clients.app;
  inBrowser = { 'chat.example.com': '127.0.0.1', 'app-key': key, 'wsPort: 80': `wsPort: ${server.socketPort}`, 'forceTLS: true': 'forceTLS: false' };
  inBackend = { 'chat.example.com': '127.0.0.1', 'app-id': id, 'app-key': key, 'app-secret': secret, 443: String(server.socketPort) };
});
after(async () => {
  for (const client of open) client.disconnect();
  clients?.close();
  await site?.close();
  await server?.close();
});

/** The backend of the example for Node: `{ pusher, grant }`. */
function backend() {
  return runModule(examples.code('node', { ...inBackend, 'useTLS: true': 'useTLS: false' }), ['pusher', 'grant']);
}

test('every example of the page is among those that are tried', () => {
  assert.deepEqual(examples.names, TESTED);
});

test('pusher-js and the backend in Node understand each other, on a private channel too', async () => {
  const { pusher: http, grant } = await backend();
  site = await HostSite.open({ '/broadcasting/auth': (form) => grant(form.socket_id, form.channel_name) });
  const code = examples.code('pusher-js', { ...inBrowser, 'https://www.example.com': site.url });
  const { pusher } = await runModule(code, ['pusher']);
  open.push(pusher);
  const [orders, secrets] = [await subscribed(pusher, 'orders'), await subscribed(pusher, 'private-secrets')];
  const events = [next(orders, 'OrderShipped'), next(secrets, 'OrderShipped')];
  await http.trigger(['orders', 'private-secrets'], 'OrderShipped', { id: 8 });
  assert.deepEqual(await Promise.all(events), [{ id: 8 }, { id: 8 }]);
});

test('Laravel Echo hears what a backend sends', async () => {
  const { echo } = await runModule(examples.code('echo', inBrowser), ['echo']);
  open.push(echo);
  const channel = echo.channel('orders');
  const heard = new Promise((resolve) => channel.listen('.OrderShipped', resolve));
  await until('the subscription', () => channel.subscription.subscribed);
  await clients.http().trigger('orders', 'OrderShipped', { id: 9 });
  assert.deepEqual(await heard, { id: 9 });
});

test('the backend in Python sends an event and signs for a private channel', async (t) => {
  const missing = noPython();
  if (missing) return t.skip(missing);
  const python = await pythonWithSdk();
  const event = next(await subscribed(clients.pusherJs(), 'orders'), 'OrderShipped');
  const code = examples.code('python', { ...inBackend, 'ssl=True': 'ssl=False' });
  const shown = `${code}\nimport json\nprint(json.dumps(grant("1.2", "private-a")))\n`;
  const { stdout } = await promisify(execFile)(python, ['-c', shown]);
  assert.deepEqual(await event, { id: 7 });
  assert.deepEqual(JSON.parse(stdout), clients.http().authorizeChannel('1.2', 'private-a'));
});

test('with the plug-in, the channel of the example goes on where it was, or says that it cannot', async (t) => {
  const { resume } = await import('../../resume/dist/resume.mjs');
  const [imported, ...call] = examples.code('resume').split('\n');
  assert.equal(imported, "import { resume } from 'antiphon-resume';");
  const own = await startServer();
  t.after(() => own.close());
  const ownClients = await StockClients.of(own);
  const pusher = ownClients.pusherJs();
  open.push(pusher);
  await runModule(call.join('\n'), [], { resume, pusher });
  const reasons = [];
  await runModule(examples.code('resync'), [], { pusher, reload: (reason) => reasons.push(reason) });
  const orders = await subscribed(pusher, 'orders');
  const received = [];
  orders.bind('OrderShipped', ({ id }) => received.push(id));
  pusher.disconnect();
  await ownClients.http().trigger('orders', 'OrderShipped', { id: 1 });
  pusher.connect();
  await until('what was missed', () => received.length === 1);
  assert.deepEqual(reasons, []);
  await own.kill();
  await own.start();
  await until('the notice', () => reasons.length === 1, 20_000);
  assert.deepEqual(reasons, ['unknown']);
});

test('the history is read by curl and by the backend in Node', async () => {
  const { pusher: http } = await backend();
  const shipped = [101, 102, 103];
  for (const id of shipped) await http.trigger('orders', 'OrderShipped', { id });
  const { id, key, secret } = clients.app;
  const env = { PATH: process.env.PATH, APP_ID: id, APP_KEY: key, APP_SECRET: secret, SERVER: `http://127.0.0.1:${server.socketPort}` };
  const { stdout } = await promisify(execFile)('sh', ['-c', examples.code('history')], { env });
  const { events, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, {});
  assert.deepEqual(events.slice(-3).map(({ name, data }) => [name, JSON.parse(data).id]), shipped.map((n) => ['OrderShipped', n]));
  for (const event of events) {
    assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{12}$/);
    assert.ok(Math.abs(event.time_ms - Date.now()) < 60_000, `${event.time_ms} is now`);
  }

  const given = { pusher: http, after: events.at(-3).id };
  const read = await runModule(examples.code('history-node'), ['events', 'recovered'], given);
  assert.equal(read.recovered, true);
  assert.deepEqual(read.events, events.slice(-2));
});

/** pusher-js as the example makes it, for this caller, and what it asks of `fetch`. */
async function batched(t, caller, changes = {}) {
  const asked = [];
  const { fetch } = globalThis;
  t.after(() => Object.assign(globalThis, { fetch }));
  globalThis.fetch = (input, init) => {
    asked.push({ url: String(input), ...JSON.parse(init.body) });
    return fetch(input, init);
  };
  const { batchedAuthorization } = await runModule(examples.code('batched-authorization'));
  const given = { Pusher, batchedAuthorization, token: caller.headers.Authorization.replace('Bearer ', '') };
  const code = examples.code('batched-use', { 'https://chat.example.com': server.url, ...inBrowser, ...changes });
  const { pusher } = await runModule(code, ['pusher'], given);
  open.push(pusher);
  return { pusher, asked };
}

test('forty private channels are authorized by one request, and one that is refused is told so', async (t) => {
  const agent = await ChatCaller.agent(server, (await server.createAgent()).email);
  const visitors = await Promise.all(Array.from({ length: CHANNELS }, () => ChatCaller.visitor(server)));
  const names = visitors.map(({ conversationId }) => `private-chat.conversation.${conversationId}`);
  const { pusher, asked } = await batched(t, agent);
  const channels = names.map((name) => pusher.subscribe(name));
  const refusal = next(pusher.subscribe('private-chat.conversation.999999'), 'pusher:subscription_error');
  await until('all subscriptions', () => channels.every((channel) => channel.subscribed));
  assert.match((await refusal).error, /^Forbidden/);
  assert.deepEqual(asked, [
    {
      url: `${server.url}/broadcasting/auth`,
      socket_id: pusher.connection.socket_id,
      channel_name: [...names, 'private-chat.conversation.999999'],
    },
  ]);

  const last = visitors.at(-1);
  const event = next(channels.at(-1), 'ChatMessageReceived');
  await last.say(last.conversationId, 'Hello');
  assert.equal((await event).message, 'Hello');
});

test('more channels than one request may name are asked for by several', async (t) => {
  const visitor = await ChatCaller.visitor(server);
  const { pusher, asked } = await batched(t, visitor);
  const names = Array.from({ length: 101 }, (_, index) => `private-nobodys-${index}`);
  await Promise.all(names.map((name) => next(pusher.subscribe(name), 'pusher:subscription_error')));
  assert.deepEqual(asked.map(({ channel_name: channels }) => channels), [names.slice(0, 100), names.slice(100)]);
});

test('an endpoint that fails is an error on every channel', async (t) => {
  const visitor = await ChatCaller.visitor(server);
  const { pusher } = await batched(t, visitor, { '/broadcasting/auth': '/broadcasting/nothing' });
  const errors = ['private-a', 'private-b'].map((name) => next(pusher.subscribe(name), 'pusher:subscription_error'));
  for (const { error } of await Promise.all(errors)) assert.match(error, /answered 404$/);
});
