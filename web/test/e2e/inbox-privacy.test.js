/** People's data in the hands of an administrator: given out, erased for both sides, kept for some time; and who is kept out. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible } from '../support/axe.js';
import { Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { screens } from '../support/screens.js';
import { until } from '../support/wait.js';

let stage;
let agent;

before(async () => {
  stage = await Stage.open({ agent: false });
  stage.account = await stage.server.createAgent('Ada Admin', 'admin');
  agent = await stage.agent({ viewport: { width: 1440, height: 900 } });
});
after(() => stage?.close());

const menu = async (item) => {
  await agent.button('Actions for this visitor').click();
  await agent.page.getByRole('menuitem', { name: item, exact: true }).click();
};
const inDialog = (name) => agent.page.getByRole('dialog').locator('footer').getByRole('button', { name, exact: true });

test('a visitor is exported, and then gone on both sides', async () => {
  const { page } = agent;
  const visitor = await stage.visitor();
  await visitor.say('My number is 4711');
  const { conversationId } = await visitor.state();
  await agent.openConversation(conversationId);
  await agent.sees('My number is 4711');
  await agent.say('Thank you!');
  await visitor.sees('Thank you!');

  await agent.button('Actions for this visitor').click();
  await screens(page, 'visitor-menu', { check: assertAccessible, views: ['desk', 'rtl'] });
  await page.keyboard.press('Escape');
  await menu('Export data…');
  await screens(page, 'visitor-export', { check: assertAccessible, views: ['desk'] });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
  const archive = await readFile(await download.path());
  assert.match(download.suggestedFilename(), /^visitor-\d+\.zip$/);
  assert.equal(archive.subarray(0, 4).toString('latin1'), 'PK\u0003\u0004');
  assert.equal(archive.subarray(-22, -18).toString('latin1'), 'PK\u0005\u0006', 'it has come to its end');
  for (const part of ['visitor.json', 'conversations.jsonl', 'My number is 4711', 'Thank you!', 'Ada Admin']) {
    assert.ok(archive.includes(part), part);
  }

  await menu('Erase…');
  const number = download.suggestedFilename().match(/\d+/)[0];
  const field = page.getByRole('textbox', { name: new RegExp(`number: ${number}$`) });
  await field.fill('somebody');
  await field.press('Enter');
  await page.getByText('This is not what is asked for.').waitFor();
  // On a phone the pane is another, so that the dialog would go with it.
  await screens(page, 'visitor-erase', { check: assertAccessible, views: ['desk', 'dark', 'rtl'] });
  await field.fill(number);
  await inDialog('Erase for good').click();
  await page.getByText('This conversation cannot be shown').waitFor();
  await agent.row(conversationId).waitFor({ state: 'detached' });

  // The widget begins anew by itself, as somebody who was never here.
  await until('another conversation', async () => ((await visitor.state())?.conversationId ?? conversationId) !== conversationId);
  await until('nothing of the old one', async () => (await visitor.texts()).every((text) => !text.includes('4711')));
  await visitor.live();
  await visitor.say('Is anybody there?');
  const again = (await visitor.state()).conversationId;
  await agent.row(again).waitFor();
  await page.goto(`${stage.server.url}/inbox/settings/audit`);
  await page.getByText('1 conversation · 0 files · 2 messages').waitFor();
  visitor.page.complaints.assertNone(/status of (401|404)/);
  page.complaints.assertNone(/status of (401|404)/);
});

test('who is blocked stands in a list with the reason, and is let in again', async () => {
  const { page } = agent;
  const visitor = await stage.visitor();
  await visitor.say('Buy my pills');
  await page.goto(`${stage.server.url}/inbox`);
  await agent.openConversation((await visitor.state()).conversationId);
  await menu('Block…');
  await page.getByRole('textbox', { name: 'Reason' }).fill('Sells pills');
  await page.getByRole('combobox', { name: 'Blocked until' }).selectOption('week');
  await screens(page, 'visitor-block', { check: assertAccessible, views: ['desk', 'dark'] });
  await inDialog('Block visitor').click();
  await page.locator('.visitor__blocked').waitFor();
  await visitor.say('Cheap!');
  await visitor.panel.getByText('The chat is not available').waitFor();

  await page.goto(`${stage.server.url}/inbox/settings/blocked`);
  await page.getByText('Sells pills').waitFor();
  await agent.button('Block an address').click();
  const address = page.getByRole('textbox', { name: 'Address or network' });
  await address.fill('127.0.0.1');
  await inDialog('Block').click();
  await page.getByText(/has a trusted proxy in it/).waitFor();
  await screens(page, 'settings-blocked-address', { check: assertAccessible, views: ['desk', 'phone'] });
  await address.fill('2001:db8::/48');
  await page.getByRole('textbox', { name: 'Reason' }).fill('A crawler');
  await inDialog('Block').click();
  const blocked = page.getByRole('cell', { name: '2001:db8::/48 A crawler' });
  await blocked.waitFor();
  await screens(page, 'settings-blocked', { check: assertAccessible });
  await page.getByRole('button', { name: 'Unblock 2001:db8::/48' }).click();
  await inDialog('Unblock').click();
  await blocked.waitFor({ state: 'detached' });
  const colleague = await ChatCaller.agent(stage.server, stage.account.email);
  await colleague.post('/api/v1/blocks', { network: '192.0.2.0/24' });
  await page.getByRole('cell', { name: '192.0.2.0/24', exact: true }).waitFor();

  // Older ones that were asked for stay when a colleague changes the list.
  for (let net = 0; net < 110; net += 1) await colleague.post('/api/v1/blocks', { network: `198.51.100.${net}` });
  const rows = page.getByRole('row').filter({ hasText: /198\.51\.100\.|192\.0\.2\.|Sells pills/ });
  await page.getByRole('button', { name: 'Show older' }).click();
  await page.getByText('Sells pills').waitFor();
  assert.equal(await rows.count(), 112);
  await colleague.post('/api/v1/blocks', { network: '203.0.113.0/24' });
  await page.getByRole('cell', { name: '203.0.113.0/24', exact: true }).waitFor();
  assert.equal(await rows.count(), 112);
  visitor.page.complaints.assertNone(/status of 403/);
  page.complaints.assertNone(/status of (401|404|422)/);
});

test('a website erases what is over after some time', async () => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/settings/websites/1/retention`);
  await page.getByRole('combobox', { name: 'Erase closed conversations' }).selectOption('365');
  await page.getByRole('combobox', { name: 'Erase visits' }).selectOption('other');
  const days = page.getByRole('spinbutton', { name: 'Days' });
  await days.fill('3');
  await days.press('Enter');
  await page.getByText('Enter a whole number from 7 to 3650.').waitFor();
  await days.fill('14');
  await screens(page, 'settings-retention', { check: assertAccessible });
  await days.press('Enter');
  await page.getByText('What is older goes within an hour', { exact: false }).waitFor();
  await inDialog('Save and erase').click();
  await page.getByText('Saved.').waitFor();
  await page.reload();
  await until('what was saved', async () => (await days.inputValue().catch(() => '')) === '14');
  assert.equal(await page.getByRole('combobox', { name: 'Erase closed conversations' }).inputValue(), '365');
});
