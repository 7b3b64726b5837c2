/** The inbox's lists: long ones stay smooth, and what they look like. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from '../support/axe.js';
import { ASKED_WHO_IS_LOGGED_IN, openPage } from '../support/browser.js';
import { Agent } from '../support/agent.js';
import { Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { DESK, screens } from '../support/screens.js';
import { fillInbox } from '../support/synthetic-inbox.js';
import { until } from '../support/wait.js';

const MANY = 50_000;
const FRAMES = 120;
/** What a frame may cost in a debug browser without a graphics processor, which draws everything itself. */
const FRAME_MS = 50;

let stage;
before(async () => (stage = await Stage.open()));
after(() => stage?.close());

test('fifty thousand conversations scroll smoothly, and only what is in view is in the page', async (t) => {
  const page = await openPage(stage.browser, { viewport: DESK });
  await fillInbox(page, MANY);
  const agent = await Agent.loggedIn(page, stage.server, stage.account);
  await agent.rows.first().waitFor();
  await page.getByRole('link', { name: 'Urgent and mine' }).waitFor();
  await screens(page, 'list', { check: assertAccessible });

  const rows = () => page.evaluate(() => Number.parseFloat(document.querySelector('.list-scroll ul').style.blockSize) / 84);
  await until('all rows to be counted', async () => {
    await page.evaluate(() => (document.querySelector('.list-scroll').scrollTop = 1e9));
    return (await rows()) === MANY;
  }, 30_000);
  // Back to the top in two seconds' worth of frames, through all of it: every frame shows other rows than the one before.
  const processor = await page.context().newCDPSession(page);
  await processor.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spentMs = async () => (await processor.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
  const before = await spentMs();
  const most = await page.evaluate(async (frames) => {
    const list = document.querySelector('.list-scroll');
    const top = list.scrollTop;
    let found = 0;
    for (let frame = frames; frame >= 0; frame -= 1) {
      list.scrollTop = (top * frame) / frames;
      await new Promise((done) => requestAnimationFrame(done));
      found = Math.max(found, list.querySelectorAll('[data-conversation]').length);
    }
    return found;
  }, FRAMES);
  const eachMs = ((await spentMs()) - before) / FRAMES;
  t.diagnostic(`${eachMs.toFixed(1)} ms of the processor for a frame that shows other rows`);
  assert.ok(most < 60, `${most} rows in the page`);
  assert.ok(eachMs < FRAME_MS, `${eachMs.toFixed(1)} ms for each frame`);

  await page.keyboard.press('Escape');
  await agent.rows.first().focus();
  await page.keyboard.press('End');
  await until('the oldest under the keyboard', () => page.evaluate(() => document.activeElement?.dataset?.conversation === '1'));
  await page.keyboard.press('Home');

  await page.getByLabel(/^Tick /).first().click();
  await page.getByLabel(/^Tick /).nth(2).click({ modifiers: ['Shift'] });
  await page.getByText('3 ticked').waitFor();
  await screens(page, 'list-ticked', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByRole('button', { name: 'Priority…' }).click();
  await page.getByRole('combobox').waitFor();
  await screens(page, 'list-priority', { check: assertAccessible, views: ['desk', 'dark'] });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Untick all' }).click();

  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByLabel('Label').selectOption('Bug');
  await until('the address to have the filter', () => page.url().endsWith('?label=2'));
  await screens(page, 'list-filter', { check: assertAccessible });
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Lists' }).click();
  await page.getByRole('dialog', { name: 'Lists' }).waitFor();
  await screens(page, 'lists-drawer', { check: assertAccessible, views: ['phone'] });
  await page.context().close();
});

test('an agent sorts out a morning: filters, a view, many at once, taken back, and found again', async () => {
  const { server } = stage;
  const names = ['Anna Albers', 'Ben Bauer', 'Cleo Conti', 'Dara Diallo'];
  const visitors = [];
  for (const name of names) {
    const visitor = await ChatCaller.visitor(server, { visitor_name: name, visitor_email: `${name.split(' ')[0].toLowerCase()}@example.com` });
    await visitor.say(visitor.conversationId, `${name} asks about the Sumatra coffee`);
    visitors.push(visitor);
  }
  const [anna, ben, cleo, dara] = visitors.map(({ conversationId }) => conversationId);
  const admin = await server.createAgent('Bo Boss', 'admin');
  const desk = await ChatCaller.agent(server, admin.email);
  const { label } = await desk.post('/api/v1/labels', { name: 'Beans', color: '#8b5038' });
  const { team } = await desk.post('/api/v1/teams', { name: 'Roasters', agent_ids: [] });

  const agent = await stage.agent({ viewport: DESK });
  const { page } = agent;
  const shown = () => page.evaluate(() => [...document.querySelectorAll('[data-conversation]')].map((row) => Number(row.dataset.conversation)));
  const lists = (...ids) => until(async () => `the list ${ids}, which is ${await shown()}`, async () => (await shown()).join() === ids.join());
  const pick = async (key, words) => {
    await page.keyboard.press(key);
    await page.getByRole('combobox').fill(words);
    await page.keyboard.press('Enter');
    await page.getByRole('combobox').waitFor({ state: 'detached' });
  };
  await lists(dara, cleo, ben, anna);

  // Two at once, by the keyboard; then back.
  await agent.row(dara).focus();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('2 ticked').waitFor();
  await pick('l', 'beans');
  await page.getByText('Labelled Beans: 2 conversations').waitFor();
  await page.getByRole('link', { name: /^Beans/ }).click();
  await lists(dara, cleo);
  await agent.row(cleo).focus();
  await page.keyboard.press('e');
  await lists(dara);
  await until('the keyboard on the row that took its place', () => page.evaluate((id) => document.activeElement?.dataset?.conversation === String(id), dara));
  await page.keyboard.press('z');
  await lists(dara, cleo);

  // To a team, urgent, mine; each shows at once, and the server has it.
  await agent.row(dara).focus();
  await pick('a', 'roasters');
  await pick('p', 'urgent');
  await page.keyboard.press('i');
  await until('the server to have it', async () => {
    const { conversations } = await desk.get(`/api/v1/conversations?team=${team.id}&priority=urgent&label=${label.id}`);
    return conversations.length === 1 && conversations[0].assigned_to?.name === 'Ada Agent';
  });

  // A list with two filters gets a name.
  await page.goto(`${server.url}/inbox?priority=urgent&assignee=me`);
  await lists(dara);
  await page.getByRole('button', { name: '2 filters set' }).click();
  await page.getByLabel('Save these filters as a view').fill('Burning');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'Burning' }).waitFor();
  await page.getByRole('heading', { name: 'Burning' }).waitFor();

  // What a colleague does arrives by itself.
  await desk.post(`/api/v1/conversations/${anna}/assign`, { agent_id: null, team_id: null });
  await desk.post('/api/v1/conversations/bulk', { ids: [anna], action: { priority: 'urgent', agent_id: (await agent.page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).agent.id)) } });
  await lists(dara, anna);
  await desk.post(`/api/v1/conversations/${dara}/close`, {});
  await lists(anna);

  // Put off, and found where it is.
  await agent.row(anna).focus();
  await pick('s', 'tomorrow');
  await lists();
  await page.getByRole('link', { name: /^Snoozed/ }).click();
  await lists(anna);
  await until('the count of what is put off', async () => /Snoozed\s*1/.test(await page.getByRole('link', { name: /^Snoozed/ }).innerText()));

  await page.keyboard.press('/');
  await page.getByRole('searchbox').fill('ben suma');
  await page.locator('mark').first().waitFor();
  await screens(page, 'search', { check: assertAccessible });
  await page.getByRole('link', { name: /Ben Bauer/ }).first().click();
  await agent.sees('Ben Bauer asks about the Sumatra coffee');
  await screens(page, 'conversation', { check: assertAccessible });
  page.complaints.assertNone(ASKED_WHO_IS_LOGGED_IN);
  await page.context().close();
});
