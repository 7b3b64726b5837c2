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
  const event = next(await subscribed(clients.pusherJs(), 'orders'), 'OrderShipped');
  const code = examples.code('python', { ...inBackend, 'ssl=True': 'ssl=False' });
  const shown = `${code}\nimport json\nprint(json.dumps(grant("1.2", "private-a")))\n`;
  const { stdout } = await promisify(execFile)(pythonWithSdk(), ['-c', shown]);
  assert.deepEqual(await event, { id: 7 });
  assert.deepEqual(JSON.parse(stdout), clients.http().authorizeChannel('1.2', 'private-a'));
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
