/** The server is killed while a visitor writes. What the widget shows as sent is stored; the rest follows when it is back. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { until } from '../support/wait.js';

/** Chromium's own lines about requests and sockets that failed, and the widget's about its fallback. */
const ABOUT_THE_CRASH = /WebSocket connection to|real-time unavailable|ERR_|status of 401/;
const COMES_BACK_MS = 20_000;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

for (const killAfter of [0, 5]) {
  test(`kill -9 after ${killAfter} of 12 quick messages: what was shown as sent is stored once, the rest follows in order`, async (t) => {
    const stage = await Stage.open({ browser });
    t.after(() => stage.close());
    const { visitor, agent, conversationId } = await stage.conversation('before');
    const texts = Array.from({ length: 12 }, (_, index) => `number ${index + 1}`);

    for (const text of texts.slice(0, killAfter)) await visitor.say(text);
    const killed = stage.server.kill();
    for (const text of texts.slice(killAfter)) await visitor.say(text);
    await killed;
    const shownAsSent = await visitor.sentTexts();
    t.diagnostic(`${shownAsSent.length} of ${texts.length + 1} were shown as sent when the server was gone`);
    assert.ok(shownAsSent.length <= texts.length, 'the crash came before the end');
    assert.deepEqual(await visitor.texts(), ['before', ...texts], 'what was written stays on the screen');
    await visitor.panel.getByText('No connection.').waitFor();

    await stage.server.start();
    const stored = async () => (await stage.stored(conversationId)).map(({ message }) => message);
    const storedNow = await stored();
    for (const text of shownAsSent) assert.equal(storedNow.filter((other) => other === text).length, 1, `“${text}” is stored once`);

    await until('all messages in the store', async () => (await stored()).length >= texts.length + 1, COMES_BACK_MS);
    assert.deepEqual(await stored(), ['before', ...texts]);
    await visitor.live(COMES_BACK_MS);
    await until('no message on its way', async () => (await visitor.sentTexts()).length === texts.length + 1);
    assert.deepEqual(await visitor.texts(), ['before', ...texts]);
    await visitor.panel.getByText('No connection.').waitFor({ state: 'hidden' });

    await agent.connection('Live', COMES_BACK_MS);
    await agent.sees('number 12');
    assert.deepEqual(await agent.texts(), ['before', ...texts], 'the agent reads the same');
    await agent.say('Received all of it');
    await visitor.sees('Received all of it');
    await leave({ visitor, agent }, ABOUT_THE_CRASH);
  });
}

test('a page that is closed while the server is down sends what was written when it is opened again', async (t) => {
  const stage = await Stage.open({ browser });
  t.after(() => stage.close());
  const visitor = await stage.visitor();
  await visitor.say('before');
  const { conversationId } = await visitor.state();
  await until('the message in the store', async () => (await stage.stored(conversationId)).length === 1);
  await stage.server.kill();
  await visitor.say('first while it is down');
  await visitor.say('second while it is down');
  await visitor.page.goto('about:blank');

  await stage.server.start();
  await visitor.page.goto(`${stage.server.url}/chatbot-test.html`);
  await visitor.open();
  const texts = ['before', 'first while it is down', 'second while it is down'];
  await until('all messages in the store', async () => (await stage.stored(conversationId)).length >= texts.length);
  assert.deepEqual((await stage.stored(conversationId)).map(({ message }) => message), texts);
  await until('no message on its way', async () => (await visitor.sentTexts()).length === texts.length);
  assert.deepEqual(await visitor.texts(), texts);
  await leave({ visitor }, ABOUT_THE_CRASH);
});
