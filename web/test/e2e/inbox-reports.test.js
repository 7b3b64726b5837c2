/** A support lead looks at the week: figures as the API has them, as lines and as tables, as files, and what visitors said. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible } from '../support/axe.js';
import { Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { screens } from '../support/screens.js';

let stage;
let agent;
let api;
let conversationId;

before(async () => {
  stage = await Stage.open({ agent: false });
  const { server } = stage;
  await server.stop();
  await server.command('demo:fill', ['--conversations', '1200', '--messages', '9000']);
  await server.start();
  stage.account = await server.createAgent('Ada Admin', 'admin');
  api = await ChatCaller.agent(server, stage.account.email);
  const visitor = await ChatCaller.visitor(server, { visitor_name: 'Vera Visitor' });
  conversationId = visitor.conversationId;
  await visitor.say(conversationId, 'Where is my parcel?');
  await api.say(conversationId, 'On its way.');
  await api.post(`/api/v1/conversations/${conversationId}/close`, {});
  await visitor.post('/api/chatbot/rating', { conversation_id: conversationId, score: 5, comment: 'Quick and kind.' });
  agent = await stage.agent({ viewport: { width: 1440, height: 900 } });
});
after(() => stage?.close());

const figure = (name) => agent.page.locator('.figure', { has: agent.page.getByText(name, { exact: true }) }).locator('.figure__value bdi').first();
const day = (daysAgo) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

test('the figures are those of the API, and the period before stands beside them', async () => {
  const { page } = agent;
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: 'Reports', exact: true }).waitFor();
  await page.getByLabel('Period').selectOption('30');
  await page.waitForURL(/period=30/);
  const { figures, previous_figures: earlier } = await api.get(`/api/v1/reports/overview?from=${day(29)}&to=${day(0)}&zone=UTC`);
  assert.ok(figures.new_conversations > 20 && figures.csat.ratings > 5, JSON.stringify(figures));
  const number = (value) => value.toLocaleString('en');
  await page.getByText(`(${number(earlier.new_conversations)} before)`).first().waitFor();
  assert.equal(await figure('New conversations').textContent(), number(figures.new_conversations));
  assert.equal(await figure('Messages received').textContent(), number(figures.messages_received));
  assert.equal(await figure('Messages sent').textContent(), number(figures.messages_sent));
  assert.equal(await figure('Closed').textContent(), number(figures.closed));
  const score = figures.csat.score.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 2 });
  assert.equal(await figure('Satisfaction').textContent(), `${score} of 5`);
  await page.getByRole('cell', { name: 'Amelia Stone' }).waitFor();
  await screens(page, 'reports', { check: assertAccessible });
});

test('lines are a table for the keyboard', async () => {
  const { page } = agent;
  const toggle = page.getByRole('figure', { name: 'Conversations', exact: true }).getByRole('button', { name: 'Show as table' });
  await toggle.focus();
  await page.keyboard.press('Enter');
  const table = page.getByRole('table', { name: 'Conversations', exact: true });
  await table.waitFor();
  const { points } = await api.get(`/api/v1/reports/series?from=${day(29)}&to=${day(0)}&zone=UTC`);
  const shown = await table.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent))));
  assert.deepEqual(shown, points.map(({ figures }) => [figures.new_conversations, figures.closed]));
  // What does not fit is scrolled by the keyboard.
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'chart__table');
  await assertAccessible(page);
  await toggle.press('Enter');
  await page.getByRole('img', { name: /^Conversations\. New conversations: at most/ }).waitFor();
});

test('websites, teams and labels are told apart', async () => {
  const { page } = agent;
  for (const [name, grouping] of [['Websites', 'widget'], ['Teams', 'team'], ['Labels', 'label']]) {
    await page.getByRole('group', { name: 'In parts' }).getByRole('button', { name, exact: true }).click();
    const table = page.getByRole('table', { name, exact: true });
    await table.waitFor();
    const { rows } = await api.get(`/api/v1/reports/by/${grouping}?from=${day(29)}&to=${day(0)}&zone=UTC`);
    const shown = await table.locator('tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.cells[1].textContent)));
    assert.deepEqual(shown, rows.map(({ figures }) => figures.new_conversations));
  }
  await page.getByRole('heading', { name: 'What visitors said' }).scrollIntoViewIfNeeded();
  await screens(page, 'reports-parts');
});

test('a file has the same figures', async () => {
  const { page } = agent;
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Figures', exact: true }).click()]);
  assert.equal(download.suggestedFilename(), `report-overview-${day(29)}-${day(0)}.csv`);
  const [names, current] = (await readFile(await download.path(), 'utf8')).split('\r\n').map((line) => line.split(','));
  const { figures } = await api.get(`/api/v1/reports/overview?from=${day(29)}&to=${day(0)}&zone=UTC`);
  const value = (name) => current[names.indexOf(name)];
  assert.equal(value('new_conversations'), String(figures.new_conversations));
  assert.equal(value('first_response_median_seconds'), String(figures.first_response.median_seconds));
  assert.equal(value('csat_score'), String(figures.csat.score));
});

test('a rating leads to its conversation', async () => {
  const { page } = agent;
  await page.getByRole('link', { name: /Vera Visitor.*5 of 5.*Quick and kind\./ }).click();
  await page.waitForURL(`**/inbox/conversations/${conversationId}`);
  await page.goBack();
});

test('days in which nothing happened say so', async () => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/reports?from=2019-01-01&to=2019-01-02`);
  await page.getByText('Nothing happened in these days').waitFor();
  await screens(page, 'reports-empty', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByLabel('To', { exact: true }).fill('2018-12-31');
  await page.getByText('The last day is before the first.').waitFor();
  page.complaints.assertNone(/status of 401/);
});
