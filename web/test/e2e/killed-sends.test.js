/**
 * The server is killed in the middle of each thing that a visitor can send: before it has it, and after it has kept it but
 * before anybody was told. When it is back, everything is there and on the screen, once.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { withSettings } from '../support/settings.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const COMES_BACK_MS = 30_000;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

async function scene(t) {
  const stage = await Stage.open({ browser });
  const page = await openPage(browser, { permissions: ['microphone'] });
  t.after(async () => {
    await page.context().close();
    await stage.close();
  });
  await withSettings(page, { csat: {} });
  const visitor = await Visitor.onTestPage(page, stage.server);
  await visitor.say('before');
  const { conversationId } = await visitor.state();
  await until('the message in the store', async () => (await stage.stored(conversationId)).length === 1);
  return { stage, page, visitor, conversationId };
}

/**
 * Kills the server at the next request to a path, before or after it was carried out; answers when it is back.
 * What `answered` promises, the server does before.
 */
async function killAt({ stage, page }, path, hasArrived, answered = () => null) {
  let back;
  const isBack = new Promise((resolve) => (back = resolve));
  await page.route(
    `**/api/chatbot/${path}`,
    async (route) => {
      await answered();
      if (hasArrived) await route.fetch();
      await stage.server.kill();
      await route.abort();
      await stage.server.start();
      back();
    },
    { times: 1 },
  );
  return isBack;
}

async function attach(visitor, name, buffer) {
  await visitor.panel.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer });
  await visitor.composer.press('Enter');
}

async function record(visitor) {
  const button = (name) => visitor.panel.getByRole('button', { name, exact: true });
  await button('Record a voice message').click();
  await visitor.panel.locator('.rec-time').getByText('0:01').waitFor();
  await button('Finish recording').click();
  await button('Play').waitFor();
  await button('Send message').click();
}

const LARGE = Buffer.from(randomBytes(600_000).toString('base64'));
const SENDS = {
  text: { path: 'message', send: (visitor) => visitor.say('in the middle'), is: ({ message }) => message === 'in the middle' },
  file: {
    path: 'file',
    send: (visitor) => attach(visitor, 'small.txt', Buffer.from('Dear all')),
    is: ({ attachments }) => attachments[0]?.name === 'small.txt',
  },
  'large file': {
    path: 'file',
    send: (visitor) => attach(visitor, 'large.txt', LARGE),
    is: ({ attachments }) => attachments[0]?.size === LARGE.length,
  },
  'voice message': { path: 'voice', send: record, is: ({ is_voice: isVoice }) => isVoice },
};

for (const [name, { path, send, is }] of Object.entries(SENDS)) {
  for (const hasArrived of [false, true]) {
    test(`a ${name}, ${hasArrived ? 'kept but not confirmed' : 'not kept yet'}`, async (t) => {
      const here = await scene(t);
      const { stage, visitor, conversationId } = here;
      const isBack = killAt(here, path, hasArrived);
      await send(visitor);
      await visitor.say('behind it');
      await isBack;
      const stored = await until('all three in the store', async () => {
        const messages = await stage.stored(conversationId);
        return messages.length >= 3 && messages;
      }, COMES_BACK_MS);
      await until('three that are sent on the screen', async () => (await visitor.panel.locator('.row.own .tick:is(.sent, .seen)').count()) === 3, COMES_BACK_MS);
      assert.equal((await stage.stored(conversationId)).length, 3);
      assert.equal(await visitor.panel.locator('.row.own').count(), 3);
      assert.ok(is(stored[1]), JSON.stringify(stored[1]));
      assert.equal(stored[2].message, 'behind it');
    });
  }
}

for (const hasArrived of [false, true]) {
  const moment = hasArrived ? 'kept but not confirmed' : 'not kept yet';

  test(`a read mark, ${moment}`, async (t) => {
    const here = await scene(t);
    const { stage, visitor, conversationId } = here;
    let said;
    // The visitor may have read the answer before its sender hears that it was taken.
    const isBack = killAt(here, 'read', hasArrived, () => said);
    said = stage.api.say(conversationId, 'An answer');
    await said;
    await visitor.sees('An answer');
    await isBack;
    await until('the mark in the store', async () => (await stage.api.get(`/api/chatbot/conversation/${conversationId}`)).read.visitor_seq === 2, COMES_BACK_MS);
    assert.deepEqual(await visitor.texts(), ['before', 'An answer']);
  });

  test(`a rating, ${moment}`, async (t) => {
    const here = await scene(t);
    const { stage, visitor, conversationId } = here;
    await stage.api.say(conversationId, 'An answer');
    await visitor.sees('An answer');
    await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
    await visitor.panel.getByRole('radio', { name: 'Good', exact: true }).check();
    const isBack = killAt(here, 'rating', hasArrived);
    const submit = visitor.panel.getByRole('button', { name: 'Send rating' });
    await submit.click();
    await visitor.panel.getByText('The rating could not be sent. Please try again.').waitFor();
    await isBack;
    await submit.click();
    await visitor.panel.getByText('Thank you for your rating.').waitFor();
    const { data } = await stage.api.get(`/api/chatbot/conversation/${conversationId}`);
    assert.equal(data.rating.score, 4);
    assert.deepEqual(await visitor.texts(), ['before', 'An answer']);
  });
}
