/** The console in Chromium: what a developer sees of clients that come, and events that reach them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertContrast, assertLayoutAccessible } from '../support/axe.js';
import { launchBrowser, openPage, screenshot } from '../support/browser.js';
import { CONSOLE_PASSWORD, Developer, REFUSED_AT_FIRST } from '../support/console.js';
import { inViews } from '../support/screens.js';
import { startServer } from '../support/server.js';
import { StockClients, collect, connected, next, subscribed } from '../support/stock-clients.js';
import { until } from '../support/wait.js';
import { WebhookSink } from '../support/webhook-sink.js';

const DESK = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const VIEWS = {
  desk: {},
  'desk-dark': { colorScheme: 'dark' },
  phone: { viewport: PHONE },
  'phone-dark': { viewport: PHONE, colorScheme: 'dark' },
};

let browser;
let server;
let clients;
let sink;
before(async () => {
  sink = await WebhookSink.start();
  const env = { ANTIPHON_CONSOLE_PASSWORD: CONSOLE_PASSWORD, ANTIPHON_WEBHOOK_URL: sink.url, ANTIPHON_WEBHOOK_ALLOW_PRIVATE: 'on' };
  [browser, server] = await Promise.all([launchBrowser(), startServer({ split: true, env })]);
  clients = await StockClients.of(server);
});
after(async () => {
  clients?.close();
  await browser?.close();
  await server?.close();
  await sink?.close();
});

test('a connection and a channel appear, are tailed, and get a test event', async () => {
  const page = await openPage(browser);
  const developer = await Developer.atReverb(page, server);
  assert.equal(await developer.stat('Connections'), '0');
  const pusher = clients.pusherJs();
  await connected(pusher);
  const channel = await subscribed(pusher, 'orders');
  await until('one connection', async () => (await developer.stat('Connections')) === '1');

  await developer.openChannel('orders');
  await page.getByText('1 subscriber', { exact: true }).waitFor();
  const got = collect(channel);
  await clients.http().trigger('orders', 'order.created', { id: 7 });
  await developer.tails('order.created');
  assert.match((await developer.tail())[0], /Event order\.created → 1 subscriber \{"id":7\}/);

  await page.getByLabel('Event', { exact: true }).fill('greeting');
  await page.getByLabel('Data', { exact: true }).fill('{"hello": "world"}');
  await page.getByRole('button', { name: 'Send event' }).click();
  await page.getByText('Sent to 1 subscriber.').waitFor();
  await until('both events at the client', () => got.length === 2);
  assert.deepEqual(got, [
    ['order.created', { id: 7 }],
    ['greeting', { hello: 'world' }],
  ]);
  await developer.tails('greeting');
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
  pusher.disconnect();
});

test('a tail is paused, filtered, opened and cleared', async () => {
  const page = await openPage(browser);
  const developer = await Developer.atReverb(page, server);
  await developer.visit('Live');
  await developer.live();
  const pusher = clients.pusherJs({ channelAuthorization: { customHandler: sign(clients.http()) } });
  await connected(pusher);
  await subscribed(pusher, 'private-room');
  const http = clients.http();
  await http.trigger('private-room', 'first', { text: '<b>not markup</b>' });
  await developer.tails('first');
  await developer.tails('POST');

  await page.getByRole('button', { name: 'API', exact: true }).click();
  await page.getByRole('button', { name: 'Client frames' }).click();
  await page.getByRole('button', { name: 'Connections', exact: true }).click();
  assert.deepEqual((await developer.tail()).length, 1);
  await developer.tailRows.first().getByRole('button').first().click();
  await page.getByLabel('Data', { exact: true }).getByText('"text": "<b>not markup</b>"').waitFor();

  await page.getByRole('button', { name: 'Pause' }).click();
  await http.trigger('private-room', 'second', {});
  await page.getByText(/Paused: \d+ new events? waiting/).waitFor();
  assert.equal((await developer.tail()).length, 1);
  await page.getByRole('button', { name: 'Resume' }).click();
  await developer.tails('second');
  await page.getByRole('searchbox', { name: 'Filter the tail' }).fill('first');
  await until('one row', async () => (await developer.tail()).length === 1);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('Listening.').waitFor();
  const everything = await page.content();
  assert.ok(!everything.includes('auth_signature'));
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
  pusher.disconnect();
});

test('a connection is found by its socket id and closed', async () => {
  const page = await openPage(browser);
  const developer = await Developer.atReverb(page, server);
  const pusher = clients.pusherJs();
  const socketId = await connected(pusher);
  await subscribed(pusher, 'news');
  await developer.visit('Connections');
  await page.getByRole('searchbox').fill(socketId);
  await page.getByText('1 found').waitFor();
  await page.getByRole('button', { name: socketId }).waitFor();
  await page.getByRole('link', { name: 'news' }).waitFor();
  const closed = next(pusher.connection, 'error', 15_000);
  await page.getByRole('button', { name: 'Close connection' }).click();
  await page.getByRole('button', { name: 'Close it' }).click();
  const { data, error } = await closed;
  assert.equal((data ?? error.data).code, 4009);
  await page.getByText('No open connection fits.').waitFor();
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
});

test('a webhook is listed with its body, and sent again', async () => {
  const page = await openPage(browser);
  const developer = await Developer.atReverb(page, server);
  const pusher = clients.pusherJs();
  await subscribed(pusher, 'hooked');
  const about = () => sink.requests.filter(({ rawBody }) => rawBody.includes('hooked'));
  await until('the webhook', () => about().length === 1);
  await developer.visit('Webhooks');
  const first = page.locator('.delivery').first();
  await first.getByText('Delivered').waitFor();
  await first.getByRole('button').click();
  await first.getByLabel('Body').getByText('hooked').waitFor();
  await first.getByRole('button', { name: 'Send again' }).click();
  await until('the webhook once more', () => about().length === 2);
  assert.equal(about()[1].rawBody, about()[0].rawBody);
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
  pusher.disconnect();
});

test('channels are searched, and the search stays in the address', async () => {
  const page = await openPage(browser);
  const developer = await Developer.atReverb(page, server);
  const pusher = clients.pusherJs();
  for (const name of ['room-one', 'room-two', 'lobby']) await subscribed(pusher, name);
  await developer.visit('Channels');
  await page.getByRole('searchbox').fill('room');
  await page.getByText('2 channels of 3 with “room”').waitFor();
  assert.match(page.url(), /search=room/);
  await page.reload();
  await page.getByText('2 channels of 3 with “room”').waitFor();
  assert.equal(await page.getByRole('link', { name: 'lobby' }).count(), 0);
  pusher.disconnect();
  await page.getByText('0 channels of 0 with “room”').waitFor();
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
});

test('a wrong password is refused, and leaving ends the session', async () => {
  const page = await openPage(browser);
  await page.goto(`http://localhost:${server.socketPort}/console`);
  const developer = new Developer(page);
  await developer.enter('not the password');
  await page.getByText('That is not the password.').waitFor();
  await developer.enter(CONSOLE_PASSWORD);
  await developer.heading('Overview');
  await page.getByRole('button', { name: 'Log out' }).click();
  await developer.heading('Log in');
  await page.reload();
  await developer.heading('Log in');
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
});

test('the console of the team opens to an admin’s account, and an agent who is no admin is told so', async (t) => {
  const whole = await startServer();
  t.after(() => whole.close());
  for (const [role, heading] of [['admin', 'Overview'], ['agent', 'For admins only']]) {
    const account = await whole.createAgent(`Ada ${role}`, role);
    const page = await openPage(browser);
    await page.goto(`${whole.url}/console`);
    await page.getByLabel('E-mail').fill(account.email);
    const developer = new Developer(page);
    await developer.enter(account.password);
    await developer.heading(heading);
    await assertAccessible(page);
    page.complaints.assertNone(REFUSED_AT_FIRST);
    await page.context().close();
  }
});

test('beside a WebSocket server of its own, serve says where the console is', async () => {
  const account = await server.createAgent('Ada Admin', 'admin');
  const page = await openPage(browser);
  await page.goto(`${server.url}/console`);
  const developer = new Developer(page);
  await page.getByLabel('E-mail').fill(account.email);
  await developer.enter(account.password);
  await page.getByRole('link', { name: `http://127.0.0.1:${server.socketPort}/console` }).waitFor();
  await assertAccessible(page);
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
});

test('every page, on a desk and on a phone, light and dark', async (t) => {
  const crowd = await gather();
  t.after(() => crowd.leave());
  const page = await openPage(browser, { viewport: DESK });
  const look = (name) =>
    inViews(page, VIEWS, async (view) => {
      await screenshot(page, `console-${name}-${view}`);
      if (view === 'desk') await assertAccessible(page);
      else if (view === 'desk-dark') await assertContrast(page);
      else if (view === 'phone') await assertLayoutAccessible(page);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(sideways, 0, `the page ${name} scrolls sideways, ${view}`);
    });
  await page.goto(`http://localhost:${server.socketPort}/console`);
  const developer = new Developer(page);
  await developer.heading('Log in');
  await look('login');
  await developer.enter(CONSOLE_PASSWORD);
  await developer.heading('Overview');
  await page.locator('.sparkline__line').first().waitFor({ state: 'attached' });
  await crowd.talk();
  await until('some seconds of history', async () => (await page.locator('.sparkline__line').first().getAttribute('points')).split(' ').length > 6, 15_000);
  await look('overview');
  await developer.visit('Live');
  await developer.live();
  await crowd.talk();
  await developer.tails('goal');
  await look('live');
  await developer.visit('Channels');
  await developer.main.getByRole('link', { name: 'presence-lobby' }).waitFor();
  await look('channels');
  await developer.openChannel('presence-lobby');
  await crowd.talk();
  await developer.tails('goal');
  await developer.tailRows.first().getByRole('button').first().click();
  await page.locator('.members__row').first().waitFor();
  await look('channel');
  await developer.visit('Connections');
  await page.locator('.disclosure').first().click();
  await page.locator('.connection').waitFor();
  await look('connections');
  await developer.visit('Send', 'Send an event');
  await page.getByLabel('Channel', { exact: true }).fill('news');
  await page.getByRole('button', { name: 'Send event' }).click();
  await page.getByText(/Sent to \d+ subscribers?\./).waitFor();
  await look('send');
  await developer.visit('Webhooks');
  await page.locator('.delivery').first().getByText('Delivered').waitFor();
  await page.locator('.delivery__line').first().click();
  await look('webhooks');
  page.complaints.assertNone(REFUSED_AT_FIRST);
  await page.context().close();
});

/** People on channels of every kind, and a backend that has something to say. */
async function gather() {
  const http = clients.http();
  const names = ['Ada Lovelace', 'Grace Hopper', 'Margaret Hamilton', 'Barbara Liskov', 'Radia Perlman', 'Katherine Johnson'];
  const people = [];
  for (const [index, name] of names.entries()) {
    const member = { user_id: String(101 + index), user_info: { name } };
    const pusher = clients.pusherJs({ channelAuthorization: { customHandler: sign(http, member) } });
    await connected(pusher);
    await subscribed(pusher, 'news');
    await subscribed(pusher, 'presence-lobby');
    if (index < 4) await subscribed(pusher, 'private-orders.eu-central');
    if (index < 2) await subscribed(pusher, 'private-cache-scores');
    await subscribed(pusher, `private-user.${member.user_id}.notifications`);
    people.push(pusher);
  }
  let goals = 0;
  return {
    async talk() {
      goals += 1;
      await http.trigger('private-cache-scores', 'score', { home: goals, away: 1 });
      await http.trigger('private-orders.eu-central', 'order.created', { id: 4_180 + goals, total: 39.9, items: [{ sku: 'MUG-BLUE', quantity: 2 }], express: true });
      await http.trigger(['news', 'presence-lobby'], 'goal', { by: 'Ada Lovelace', minute: 12 + goals });
    },
    leave() {
      for (const pusher of people) pusher.disconnect();
    },
  };
}

/** Signs channels as a backend in the same process would, on presence channels for this member. */
function sign(http, member) {
  return ({ socketId, channelName }, answer) => {
    const data = channelName.startsWith('presence-') ? member : undefined;
    answer(null, http.authorizeChannel(socketId, channelName, data));
  };
}
