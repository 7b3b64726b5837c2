/** An agent's day without a mouse: the list, the palette, the keys, the settings; what the tab tells; and no network. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from '../support/axe.js';
import { ASKED_WHO_IS_LOGGED_IN } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { screens } from '../support/screens.js';
import { until } from '../support/wait.js';

let stage;
let agent;
let visitors;

before(async () => {
  stage = await Stage.open();
  visitors = [];
  for (const name of ['Anna Albers', 'Ben Bauer', 'Cleo Conti']) {
    const visitor = await ChatCaller.visitor(stage.server, { visitor_name: name, visitor_email: `${name.split(' ')[0].toLowerCase()}@example.com` });
    await visitor.say(visitor.conversationId, `${name} has a question`);
    visitors.push(visitor);
  }
  agent = await stage.agent({ viewport: { width: 1440, height: 900 } });
  await agent.row(visitors[0].conversationId).waitFor();
});
after(() => stage?.close());

const focusedRow = () => agent.page.evaluate(() => Number(document.activeElement?.closest('[data-conversation]')?.dataset.conversation ?? 0));
const shown = () => agent.page.evaluate(() => [...document.querySelectorAll('[data-conversation]')].map((row) => Number(row.dataset.conversation)));
const press = (keys) => agent.page.keyboard.press(keys);

test('the keyboard moves through the list, opens, closes and takes back', async () => {
  const { page } = agent;
  const [anna, ben, cleo] = visitors.map(({ conversationId }) => conversationId);
  await until('the newest first', async () => (await shown()).join() === [cleo, ben, anna].join());
  await page.locator('body').click({ position: { x: 900, y: 450 } });
  await press('j');
  assert.equal(await focusedRow(), cleo);
  await press('j');
  assert.equal(await focusedRow(), ben);
  await press('k');
  await press('ArrowDown');
  assert.equal(await focusedRow(), ben);

  await press('e');
  await page.getByText('Closed: Ben Bauer').waitFor();
  await until('Ben to leave the list', async () => !(await shown()).includes(ben));
  await press('z');
  await until('Ben to be back', async () => (await shown()).includes(ben));

  await page.locator(`[data-conversation="${cleo}"]`).focus();
  await press('o');
  await agent.composer.waitFor();
  await agent.composer.fill('jkeg?');
  assert.equal(await agent.composer.inputValue(), 'jkeg?', 'letters that are written are no commands');
  await agent.composer.fill('');
});

test('the palette finds commands, conversations and settings', async () => {
  const { page } = agent;
  await press('Control+k');
  await page.getByRole('combobox').waitFor();
  await screens(page, 'palette', { check: assertAccessible });
  await page.keyboard.type('anna');
  await press('Enter');
  await until('Anna’s conversation', () => page.url().endsWith(`/conversations/${visitors[0].conversationId}`));
  await press('Control+k');
  await page.keyboard.type('notific');
  await press('Enter');
  await page.getByRole('heading', { name: 'Notifications' }).waitFor();
  await screens(page, 'settings-notifications', { check: assertAccessible });

  await page.getByRole('link', { name: 'Preferences' }).click();
  await page.getByLabel('Language').selectOption('de');
  await page.getByRole('heading', { name: 'Vorlieben' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  await screens(page, 'settings-preferences-de', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByLabel('Sprache').selectOption('auto');
  await page.getByLabel('Appearance').selectOption('dark');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.getByLabel('Appearance').selectOption('auto');
  await press('Escape');
  await page.locator('body').click({ position: { x: 1200, y: 800 } });
  await press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await screens(page, 'shortcuts', { check: assertAccessible });
  await press('Escape');
  await press('g');
  await press('u');
  await until('the list of what is unassigned', () => page.url() === `${stage.server.url}/inbox?assignee=none`);
});

test('title, icon and a notification tell of what came while the agent looked elsewhere', async () => {
  const { page } = agent;
  await page.context().grantPermissions(['notifications']);
  await page.evaluate(() => {
    window.told = [];
    window.Notification = class {
      static permission = 'granted';
      constructor(title, { body }) {
        window.told.push(`${title}: ${body}`);
      }
    };
  });
  await visitors[1].say(visitors[1].conversationId, 'Are you there?');
  await until('a notification', async () => (await page.evaluate(() => window.told)).includes('Ben Bauer: Are you there?'));
  await until('the count in the title', async () => /^\(\d\) /.test(await page.title()));
  await until('the count on the icon', () => page.evaluate(() => document.querySelector('link[rel="icon"]').href.startsWith('data:image/png')));

  await agent.openConversation(visitors[1].conversationId);
  const before = await page.evaluate(() => window.told.length);
  await visitors[1].say(visitors[1].conversationId, 'One more thing');
  await agent.sees('One more thing');
  assert.equal(await page.evaluate(() => window.told.length), before, 'nothing is told of what is looked at');
});

test('the inbox can be installed, and opens without the network', async () => {
  const { page } = agent;
  const manifest = await (await fetch(`${stage.server.url}/inbox/manifest.webmanifest`)).json();
  assert.equal(manifest.start_url, '/inbox');
  for (const { src } of manifest.icons) assert.equal((await fetch(stage.server.url + src)).headers.get('content-type'), 'image/png');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until('the worker to serve the page', () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  const kept = await page.evaluate(async () => {
    const addresses = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) addresses.push(new URL(url).pathname);
    return addresses;
  });
  assert.ok(kept.includes('/inbox'));
  assert.deepEqual(kept.filter((path) => path !== '/inbox' && !path.startsWith('/assets/')), [], 'nothing of the API is kept');
  page.complaints.assertNone(ASKED_WHO_IS_LOGGED_IN);
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText('The server cannot be reached.').waitFor();
  await page.context().setOffline(false);
  await agent.connection('Live', 20_000);
});
