/** What the owner sets and the server keeps, from the form before a chat to its rating and the list of chats. */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const SETTINGS = {
  pre_chat: {
    fields: [
      { name: 'name', label: 'Name', type: 'text', required: true },
      { name: 'topic', label: 'Topic', type: 'select', required: true, options: ['Order', 'Coffee'] },
    ],
    consent: { text: 'I agree.' },
  },
  quick_replies: ['Where is my order?'],
  csat: {},
  texts: { en: { title: 'Our shop', welcome: 'Hello **you**' } },
};

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

/** Whether the server under test keeps settings at all. */
async function keepsSettings() {
  const headers = { Authorization: `Bearer ${await stage.server.demoToken()}` };
  const { widget } = await (await fetch(`${stage.server.url}/api/chatbot/config`, { headers })).json();
  return 'csat' in widget.settings;
}

test('a chat from its form to its rating, another one, and the way back to the first', async (t) => {
  if (!(await keepsSettings())) return t.skip('the server keeps no settings');
  const widget = await stage.server.command('widget:create', ['--name', 'Shop', '--domain', '127.0.0.1']);
  const file = join(stage.server.folder, 'settings.json');
  await writeFile(file, JSON.stringify(SETTINGS));
  await stage.server.command('widget:update', ['--id', String(widget.id), '--settings', file]);
  const site = await HostSite.open({ '/': pageWithWidget(stage.server, widget.token) });
  t.after(() => site.close());
  const page = await openPage(stage.browser, { acceptDownloads: true });
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.launcher.click();
  await visitor.panel.getByLabel('Name').fill('Petra');
  await visitor.panel.getByLabel('Topic').selectOption('Coffee');
  await visitor.panel.getByLabel('I agree.').check();
  await visitor.panel.getByRole('button', { name: 'Start the chat' }).click();
  await visitor.composer.waitFor();
  await visitor.live();
  await visitor.panel.getByRole('heading', { name: 'Our shop' }).waitFor();
  await visitor.panel.getByText('Hello you').waitFor();
  await visitor.panel.getByRole('button', { name: 'Where is my order?' }).click();
  const { conversationId: first } = await visitor.state();
  await until('the reply in the store', async () => (await stage.stored(first)).length === 1);
  assert.equal((await stage.stored(first))[0].sender_name, 'Petra');
  await stage.api.say(first, 'On its way, Petra');
  await visitor.sees('On its way, Petra');

  const menu = async (name) => {
    await visitor.panel.locator('.menu > .tool').click();
    await visitor.panel.getByRole('menuitem', { name }).click();
  };
  const [download] = await Promise.all([page.waitForEvent('download'), menu('Download this chat')]);
  assert.match(await readFile(await download.path(), 'utf8'), /Petra: Where is my order\?[^]*On its way, Petra/);

  await stage.api.post(`/api/v1/conversations/${first}/close`, {});
  await visitor.panel.getByRole('radio', { name: 'Very good' }).check();
  await visitor.panel.getByRole('button', { name: 'Send rating' }).click();
  await visitor.panel.getByText('Thank you for your rating.').waitFor();
  assert.equal((await stage.api.get(`/api/chatbot/conversation/${first}`)).data.rating.score, 5);

  await visitor.startNew.click();
  await until('another conversation', async () => ![first, null].includes((await visitor.state()).conversationId));
  await visitor.say('One more thing');
  const { conversationId: second } = await visitor.state();
  await until('it in the store', async () => (await stage.stored(second)).length === 1);
  await menu('Your chats');
  const rows = visitor.panel.locator('.history-row');
  await until('both chats', async () => (await rows.count()) === 2);
  await rows.nth(1).click();
  await visitor.sees('On its way, Petra');
  assert.equal((await visitor.state()).conversationId, first);

  await page.reload();
  await visitor.launcher.click();
  await visitor.sees('On its way, Petra');
  assert.equal(await visitor.panel.locator('.rating').count(), 0, 'what was rated is not asked again');
  page.complaints.assertNone();
  await page.context().close();
});
