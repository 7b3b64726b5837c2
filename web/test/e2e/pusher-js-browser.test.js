/** pusher-js's own bundle in Chromium, on a site that has nothing of ours: every kind of channel, and a line that is cut. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser } from '../support/browser.js';
import { startServer } from '../support/server.js';
import { StockClients } from '../support/stock-clients.js';
import { listen, received, StockSite } from '../support/stock-page.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/wait.js';

/** pusher-js waits a second after a loss; the rest is room for a busy machine. */
const COMES_BACK_MS = 20_000;

let browser;
let server;
let clients;
let http;
let site;
let proxy;
before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  clients = await StockClients.of(server);
  http = clients.http();
  site = await StockSite.open(clients);
  proxy = new TcpProxy(server.socketPort);
  await proxy.open();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await proxy?.close();
  await server?.close();
});

/** A page of this user, closed at the end of the test. */
async function pageOf(t, user, options = {}) {
  const page = await site.page(browser, user, { port: server.socketPort, ...options });
  t.after(() => page.context().close());
  return page;
}

test('public and private channels receive what a backend sends, until they are unsubscribed', async (t) => {
  const page = await pageOf(t, 'ana');
  await listen(page, 'news', 'private-orders');
  const data = { text: 'Ü – 你好 – \u{1f600}', list: [1, null] };
  await http.trigger(['news', 'private-orders'], 'first', data);
  await until('both events', async () => (await received(page)).length === 2);
  await page.evaluate(() => pusher.unsubscribe('news'));
  await listen(page, 'later');
  await http.trigger(['news', 'private-orders'], 'second', {});
  await until('the second event', async () => (await received(page)).length === 3);
  const events = await received(page);
  assert.deepEqual(events.slice(0, 2).sort(), [['news', 'first', data], ['private-orders', 'first', data]]);
  assert.deepEqual(events[2], ['private-orders', 'second', {}]);
  page.complaints.assertNone();
});

test('two people on a presence channel see each other, and their client events', async (t) => {
  const [ana, ben] = [await pageOf(t, 'ana'), await pageOf(t, 'ben')];
  await listen(ana, 'presence-room');
  await listen(ben, 'presence-room');
  const members = (page) => page.evaluate(() => Object.keys(pusher.channel('presence-room').members.members).sort());
  await until('both members on both pages', async () => (await members(ana)).length === 2 && (await members(ben)).length === 2);
  assert.deepEqual(await members(ben), ['ana', 'ben']);

  await ben.evaluate(() => {
    pusher.channel('presence-room').bind('client-typing', (data, { user_id: from }) => Object.assign(window, { typing: { data, from } }));
  });
  assert.equal(await ana.evaluate(() => pusher.channel('presence-room').trigger('client-typing', { yes: true })), true);
  assert.deepEqual(await until('the client event', () => ben.evaluate(() => window.typing)), { data: { yes: true }, from: 'ana' });

  await ben.context().close();
  await until('one member', async () => (await members(ana)).length === 1);
  assert.deepEqual((await received(ana, { all: true })).map(([, event]) => event), [
    'pusher:subscription_succeeded',
    'pusher:member_added',
    'pusher:member_removed',
  ]);
  ana.complaints.assertNone();
});

test('a line that is cut is reconnected, and every channel subscribed again', async (t) => {
  const page = await pageOf(t, 'ana', { port: proxy.port });
  const names = ['cut', 'private-cut', 'presence-cut'];
  await listen(page, ...names);
  const before = await page.evaluate(() => pusher.connection.socket_id);
  await proxy.refuse();
  await until('the loss', () => page.evaluate(() => pusher.connection.connection === null));
  await proxy.open();
  // The state is still `connected` until the first attempt.
  const isBack = (earlier) => pusher.connection.socket_id !== earlier && pusher.allChannels().every((channel) => channel.subscribed);
  await until('all subscriptions', () => page.evaluate(isBack, before), COMES_BACK_MS);
  await http.trigger(names, 'after', {});
  await until('the events', async () => (await received(page)).length === names.length);
  assert.deepEqual((await received(page)).sort(), [...names].sort().map((name) => [name, 'after', {}]));
  page.complaints.assertNone(/WebSocket connection to .* failed/);
});
