/** pusher-js and `antiphon-resume` in Chromium, on somebody else's site: the network goes away, and nothing is missed. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser } from '../support/browser.js';
import { Backend } from '../support/recovery.js';
import { startServer } from '../support/server.js';
import { StockClients } from '../support/stock-clients.js';
import { listen, received, StockSite } from '../support/stock-page.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/wait.js';

const COMES_BACK_MS = 20_000;

let browser;
let server;
let clients;
let site;
let proxy;
before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  clients = await StockClients.of(server);
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

test('what was sent while the browser had no network arrives when it has one, once and in order', async (t) => {
  const page = await site.page(browser, 'ana', { port: proxy.port, recovery: true });
  t.after(() => page.context().close());
  assert.equal(await page.evaluate(() => window.recovery), true);
  const names = ['news', 'private-orders', 'presence-room'];
  await listen(page, ...names);
  const backend = new Backend(clients.http(), ...names);
  await backend.send(3);

  for (let outage = 1; outage <= 2; outage += 1) {
    await page.context().setOffline(true);
    await proxy.refuse();
    await until('the loss', () => page.evaluate(() => pusher.connection.state !== 'connected'), COMES_BACK_MS);
    await backend.send(10);
    await proxy.open();
    await page.context().setOffline(false);
    const stop = backend.stream();
    await until('the connection', () => page.evaluate(() => pusher.connection.state === 'connected'), COMES_BACK_MS);
    await stop();
    await until('the last event', async () => (await received(page)).filter(([, , { n }]) => n === backend.sent).length === names.length, COMES_BACK_MS);
  }

  const all = await received(page);
  const numbers = Array.from({ length: backend.sent }, (_, index) => index + 1);
  for (const name of names) {
    assert.deepEqual(all.filter(([channel]) => channel === name).map(([, , { n }]) => n), numbers, name);
  }
  page.complaints.assertNone(/WebSocket connection to .* failed|ERR_INTERNET_DISCONNECTED/);
});
