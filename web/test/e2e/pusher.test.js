/**
 * The chat through Pusher: widget and inbox hear each other through a server of the Pusher protocol that is not ours, and
 * through our own while that is away.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { noSoketi, Soketi } from '../support/soketi.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const skip = noSoketi() ?? false;
/** What the contract allows between the loss of the socket and the next way. */
const TAKES_OVER_MS = 3_000;
/** The pauses between attempts double up to half a minute; the outage here is short. */
const COMES_BACK_MS = 30_000;
/** What browsers themselves say about a socket that fails, and the widget about its fallback. */
const ABOUT_THE_OUTAGE = /WebSocket connection to|real-time unavailable|status of 401|ERR_/;

let soketi;
let stage;

before(async () => {
  if (skip) return;
  soketi = await Soketi.start();
  stage = await Stage.open({ env: soketi.env });
});
after(async () => {
  await stage?.close();
  await soketi?.kill();
});

/** A visitor and an agent in one conversation, both on Pusher. */
async function conversation(greeting) {
  const visitor = new Visitor(await openPage(stage.browser));
  await visitor.page.goto(`${stage.server.url}/chatbot-test.html`);
  await visitor.launcher.click();
  await visitor.panel.waitFor();
  await visitor.provider('pusher');
  const agent = await stage.agent();
  await visitor.say(greeting);
  const { conversationId } = await visitor.state();
  await agent.openConversation(conversationId);
  await agent.sees(greeting);
  return { visitor, agent, conversationId };
}

/** The addresses of the sockets that a page has open. */
function socketHost(page) {
  return page.evaluate(() => new URL(window.Chatbot.Echo.connector.socket.url).host);
}

test('visitor and agent talk through a Pusher that is not ours', { skip }, async () => {
  const { visitor, agent, conversationId } = await conversation('Through soketi?');
  assert.equal(await socketHost(visitor.page), `127.0.0.1:${soketi.port}`);
  await agent.say('Through soketi.');
  await visitor.sees('Through soketi.');
  await visitor.say('And back.');
  await agent.sees('And back.');
  const logged = visitor.page.complaints.lines();
  assert.ok(logged.some((line) => line.includes('✓ Pusher real-time connected')), logged.join('\n'));
  const subscribed = `✓ Subscribed to real-time channel: chat.conversation.${conversationId} via pusher`;
  assert.ok(logged.some((line) => line.includes(subscribed)), logged.join('\n'));
  await leave({ visitor, agent });
});

test('a burst comes in order and a message over the limit is fetched', { skip }, async () => {
  const { visitor, agent, conversationId } = await conversation('Ready?');
  await stage.stored(conversationId);
  const burst = Array.from({ length: 30 }, (_, index) => `number ${index + 1}`);
  for (const text of burst) await stage.api.say(conversationId, text);
  const large = '😀'.repeat(4_000);
  await stage.api.say(conversationId, large);
  const expected = ['Ready?', ...burst, large];
  await until('everything on the screen', async () => (await visitor.texts()).length >= expected.length);
  assert.deepEqual(await visitor.texts(), expected);
  assert.equal((await visitor.state()).provider, 'pusher');
  await leave({ visitor, agent });
});

test('while Pusher is away both sides use our own server, and go back by themselves', { skip }, async (t) => {
  const { visitor, agent, conversationId } = await conversation('Before');
  const cutAt = performance.now();
  await soketi.kill();
  await visitor.say('visitor, at once');
  await visitor.provider('reverb', TAKES_OVER_MS);
  t.diagnostic(`on our own server ${Math.round(performance.now() - cutAt)} ms after the loss`);
  await agent.sees('visitor, at once', TAKES_OVER_MS);
  await agent.say('agent meanwhile');
  await visitor.sees('agent meanwhile', TAKES_OVER_MS);

  await soketi.start();
  await visitor.provider('pusher', COMES_BACK_MS);
  await agent.say('agent afterwards');
  await visitor.sees('agent afterwards', COMES_BACK_MS);
  await visitor.say('visitor afterwards');
  await agent.sees('visitor afterwards', COMES_BACK_MS);

  const texts = ['Before', 'visitor, at once', 'agent meanwhile', 'agent afterwards', 'visitor afterwards'];
  assert.deepEqual(await visitor.texts(), texts, 'each once, in order');
  assert.deepEqual((await stage.stored(conversationId)).map(({ message }) => message), texts);
  // What the server could not send then is sent, and nobody shows it twice.
  await until('every job to be done', async () => (await stage.server.command('jobs:list')).jobs.length === 0, COMES_BACK_MS);
  assert.deepEqual(await visitor.texts(), texts);
  await leave({ visitor, agent }, ABOUT_THE_OUTAGE);
});
