/** What a developer of the team has in the browser: the account's webhooks in the settings, and the page that describes the API. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible } from '../support/axe.js';
import { ASKED_WHO_IS_LOGGED_IN, launchBrowser, openPage } from '../support/browser.js';
import { ChatCaller } from '../support/chat-api.js';
import { DESK, screens } from '../support/screens.js';
import { startServer } from '../support/server.js';
import { until } from '../support/wait.js';
import { WebhookSink } from '../support/webhook-sink.js';

let browser;
let server;
let sink;
let page;
before(async () => {
  sink = await WebhookSink.start();
  const env = { ANTIPHON_ACCOUNT_WEBHOOKS_ALLOW_PRIVATE: 'on' };
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env })]);
  const account = await server.createAgent('Ada Admin', 'admin');
  page = await openPage(browser, { viewport: DESK });
  await Agent.loggedIn(page, server, account);
});
after(async () => {
  await browser?.close();
  await server?.close();
  await sink?.close();
});

const button = (name) => page.getByRole('button', { name, exact: true });

/** Looked at in every way, and judged in each. */
const look = (name) => screens(page, name, { check: (shown) => assertAccessible(shown) });

test('an admin adds a webhook, tries it, and sends again what it was told', async () => {
  await page.goto(`${server.url}/inbox/settings/webhooks`);
  await page.getByText('There are no webhooks yet').waitFor();
  await look('settings-webhooks-none');
  await button('Add webhook').click();
  const dialog = page.getByRole('dialog', { name: 'Add webhook' });
  await dialog.getByLabel('Address').fill('nowhere');
  await dialog.getByRole('button', { name: 'Add webhook' }).click();
  await dialog.getByText('The url must be an address').waitFor();
  await dialog.getByLabel('Address').fill(sink.url);
  await dialog.getByText('A visitor rates a conversation').click();
  await look('settings-webhooks-add');
  await dialog.getByRole('button', { name: 'Add webhook' }).click();
  const secretDialog = page.getByRole('dialog', { name: 'The secret of this webhook' });
  assert.match(await secretDialog.getByLabel('Secret').inputValue(), /^whsec_[0-9a-f]{64}$/);
  await look('settings-webhooks-secret');
  await secretDialog.getByRole('button', { name: 'Done' }).click();

  await button('Send a test').click();
  await page.locator('.delivery', { hasText: 'Delivered' }).waitFor();
  assert.equal(sink.requests.length, 1);
  const visitor = await ChatCaller.visitor(server, { visitor_name: 'Vera' });
  sink.statuses.push(500);
  await visitor.say(visitor.conversationId, 'hello');
  await until('two attempts', () => sink.requests.length === 3);
  await button('Refresh').click();
  const told = page.locator('.delivery', { hasText: 'A message is posted' });
  await told.getByText('2 attempts').waitFor();
  await told.getByRole('button', { name: 'Details' }).click();
  await told.getByText('"event":"message.created"').waitFor();
  await look('settings-webhooks-log');
  await told.getByRole('button', { name: 'Send again' }).click();
  await page.locator('.delivery', { hasText: 'Replay' }).filter({ hasText: 'Delivered' }).waitFor();
  assert.equal(sink.requests[3].rawBody, sink.requests[2].rawBody);

  await page.getByRole('switch', { name: 'Active' }).click();
  await page.getByText('Switched off').waitFor();
  await page.getByRole('button', { name: 'Webhooks and API' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete webhook' }).click();
  await page.getByText('There are no webhooks yet').waitFor();
  page.complaints.assertNone(/status of 4(01|22)/);
});

test('every call of the API can be read and tried, as the agent or with a token', async () => {
  await page.getByRole('link', { name: 'Open the API page' }).click();
  await page.getByText('Without one you are Ada Admin (admin)').waitFor();
  await look('api-start');
  await page.getByRole('searchbox', { name: 'Find an operation' }).fill('get conversations');
  await page.getByRole('link', { name: 'GET /conversations', exact: true }).click();
  await page.getByRole('heading', { level: 2, name: 'Lists conversations, or what changed of them' }).waitFor();
  await page.getByRole('textbox', { name: 'limit' }).fill('1');
  await button('Send').click();
  await page.locator('.try__answer', { hasText: '"visitor_name": "Vera"' }).waitFor();
  await look('api-operation');

  await page.getByRole('searchbox', { name: 'Find an operation' }).fill('webhooks');
  await page.getByRole('link', { name: 'POST /webhooks', exact: true }).click();
  assert.match(await page.getByRole('textbox', { name: 'Body' }).inputValue(), /message\.created/);
  await page.getByLabel('Token').fill('cba_wrong');
  await button('Send').click();
  await page.locator('.try__status', { hasText: '401' }).waitFor();
  await page.getByLabel('Token').fill('');
  await page.getByRole('textbox', { name: 'Body' }).fill('{');
  await button('Send').click();
  await page.getByText('The body is not JSON').waitFor();
  page.complaints.assertNone(/status of 4(01|22)/);
});

test('the page says so when nobody is logged in, and works in the dark', async () => {
  const stranger = await openPage(browser, { viewport: DESK, colorScheme: 'dark' });
  await stranger.goto(`${server.url}/api/docs#getMe`);
  await stranger.getByText('Nobody is logged in here.').waitFor();
  await stranger.getByRole('button', { name: 'Send', exact: true }).click();
  await stranger.locator('.try__status', { hasText: '401' }).waitFor();
  await assertAccessible(stranger);
  stranger.complaints.assertNone(ASKED_WHO_IS_LOGGED_IN);
  await stranger.context().close();
});
