/** Conversations are given to agents who are there, in turn; one who is away gets none. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible } from '../support/axe.js';
import { openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { screens } from '../support/screens.js';
import { until } from '../support/wait.js';

let stage;
let ada;
let bob;

before(async () => {
  stage = await Stage.open({ agent: false });
  stage.account = await stage.server.createAgent('Ada Admin', 'admin');
  const account = await stage.server.createAgent('Bob Agent');
  ada = await stage.agent({ viewport: { width: 1440, height: 900 } });
  bob = await Agent.loggedIn(await openPage(stage.browser, { viewport: { width: 1440, height: 900 } }), stage.server, account);
});
after(() => stage?.close());

const toSettings = (path) => ada.page.goto(`${stage.server.url}/inbox/settings/${path}`);

/** Somebody writes; whose it is as soon as it is somebody's. */
async function writes(words) {
  const visitor = await ChatCaller.visitor(stage.server);
  const { conversationId } = visitor;
  await visitor.say(conversationId, words);
  const holder = () =>
    ada.page.evaluate(async (id) => {
      const { conversation } = await (await fetch(`/api/v1/conversations/${id}`)).json();
      return conversation.assigned_to?.name ?? null;
    }, conversationId);
  await until(`somebody has the conversation “${words}”`, async () => (await holder()) !== null, 15_000);
  return holder();
}

test('an administrator has a website assign its conversations', async () => {
  const { page } = ada;
  await toSettings('websites/1/routing');
  await page.getByLabel('Assign conversations').selectOption('In turn');
  await page.getByRole('switch', { name: 'Close conversations after silence' }).check();
  await page.getByLabel('Close after').fill('0');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText(/must be between 1 and 8760 hours/).waitFor();
  await page.getByLabel('Close after').fill('2');
  await screens(page, 'website-routing', { check: assertAccessible });
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('The changes were saved.').waitFor();
  await page.reload();
  assert.equal(await page.getByLabel('Assign conversations').inputValue(), 'round_robin');
  assert.deepEqual(
    [await page.getByLabel('Close after').inputValue(), await page.getByLabel('Unit').inputValue()],
    ['2', 'days'],
  );

  await toSettings('agents');
  await page.getByRole('button', { name: 'Actions for Bob Agent' }).click();
  await page.getByRole('menuitem', { name: 'Set capacity' }).click();
  await page.getByLabel('Open conversations at most').fill('5');
  await screens(page, 'settings-capacity', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByRole('dialog').locator('footer').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('cell', { name: '5', exact: true }).waitFor();
  await page.getByRole('cell', { name: 'Default', exact: true }).waitFor();
  await screens(page, 'settings-agents', { check: assertAccessible });
});

test('conversations go round, and who is away gets none', async () => {
  await ada.page.goto(`${stage.server.url}/inbox`);
  await ada.connection('Live');
  await ada.page.getByTitle('Online: Bob Agent').waitFor();
  const turns = [];
  for (const words of ['first', 'second', 'third']) turns.push(await writes(words));
  assert.deepEqual(turns, ['Ada Admin', 'Bob Agent', 'Ada Admin']);

  await bob.page.locator('.agent-bar__who').click();
  await screens(bob.page, 'agent-menu', { check: assertAccessible, views: ['desk', 'dark'] });
  await bob.page.getByRole('menuitemradio', { name: 'Away' }).click();
  await bob.page.getByText('You are away: no conversation is assigned to you automatically.').waitFor();
  // Colleagues see it at once.
  await ada.page.getByTitle('Online: Bob Agent (away)').waitFor();
  await screens(ada.page, 'colleague-away', { check: assertAccessible, views: ['desk', 'dark', 'rtl'] });
  assert.equal(await writes('fourth'), 'Ada Admin');

  await bob.page.locator('.agent-bar__who').click();
  await bob.page.getByRole('menuitemradio', { name: 'Available' }).click();
  await ada.page.getByTitle('Online: Bob Agent', { exact: true }).waitFor();
  assert.equal(await writes('fifth'), 'Bob Agent');
});
