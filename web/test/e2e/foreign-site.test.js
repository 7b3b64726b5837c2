/** The widget on a web site of another origin than the server's: where the owner allowed it, and where not. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

async function siteWith(t, pages) {
  const site = await HostSite.open(pages);
  t.after(() => site.close());
  return site;
}

test('on an allowed domain a visitor whom the site names talks with the agent', async (t) => {
  const token = await stage.server.createWidget('The shop', '127.0.0.1');
  const attributes = `data-visitor-name="Vera Visitor" data-visitor-email="vera@example.com" data-visitor-metadata='{"plan":"pro"}'`;
  const site = await siteWith(t, { '/': pageWithWidget(stage.server, token, { attributes }) });
  const agent = await stage.agent();
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.panel.getByRole('heading', { name: 'The shop' }).waitFor();
  await visitor.say('Hello from another site');

  const { conversationId } = await visitor.state();
  await agent.row(conversationId).getByText('Vera Visitor').waitFor();
  await agent.openConversation(conversationId);
  await agent.sees('Hello from another site');
  await agent.page.getByRole('link', { name: 'vera@example.com' }).waitFor();
  await agent.say('Hello Vera');
  await visitor.sees('Hello Vera');

  await page.reload();
  await visitor.open();
  await visitor.sees('Hello Vera');
  assert.equal((await visitor.state()).conversationId, conversationId);
  await leave({ visitor, agent });
});

test('a page with its options in window.ChatbotConfig works too', async (t) => {
  const token = await stage.server.createWidget('By configuration', '127.0.0.1');
  const config = `<script>window.ChatbotConfig = ${JSON.stringify({ apiToken: token, widgetUrl: stage.server.url, visitorName: 'Carl' })};</script>`;
  const html = pageWithWidget(stage.server, token, { head: config }).replace(/data-api-token="[^"]*"/, '');
  const site = await siteWith(t, { '/': html });
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('Hello');
  await until('the visitor’s name', async () => (await stage.stored((await visitor.state()).conversationId))[0]?.sender_name === 'Carl');
  await leave({ visitor });
});

const refused = {
  'a domain that is not allowed': async () => stage.server.createWidget('Elsewhere', 'shop.example'),
  'a token that nobody made': async () => `cbw_${'A'.repeat(32)}`,
};
for (const [name, makeToken] of Object.entries(refused)) {
  test(`${name}: no chat, no crash, one line in the log`, async (t) => {
    const site = await siteWith(t, { '/': pageWithWidget(stage.server, await makeToken()) });
    const page = await openPage(stage.browser);
    await page.goto(site.url);
    const lines = () => page.complaints.lines().filter((line) => line.startsWith('Chat widget:'));
    await until(() => `one line, where there is ${JSON.stringify(page.complaints.lines())}`, () => lines().length === 1);
    await page.evaluate(() => window.Chatbot.open());
    assert.equal(await page.locator('#chatbot-widget').count(), 0);
    assert.equal(await page.getByRole('heading', { name: 'A shop' }).count(), 1);
    assert.deepEqual(page.complaints.lines('uncaught'), []);
    assert.equal(lines().length, 1);
    await page.context().close();
  });
}
