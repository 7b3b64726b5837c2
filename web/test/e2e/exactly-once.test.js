/** Both screens show what is stored: every message once, in one order, however quickly it was written and after reloads. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leave, Stage } from '../support/cast.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

test('messages that cross each other are on both screens once, in the order of the store', async () => {
  const { visitor, agent, conversationId } = await stage.conversation();
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1);

  const write = async (person, name) => {
    for (const number of numbers) await person.say(`${name} ${number}`);
  };
  await Promise.all([write(visitor, 'visitor'), write(agent, 'agent')]);

  const all = 1 + 2 * numbers.length;
  await screensAgree({ visitor, agent, conversationId }, all);
  for (const name of ['visitor', 'agent']) {
    const own = (await visitor.texts()).filter((text) => text.startsWith(name));
    assert.deepEqual(own, numbers.map((number) => `${name} ${number}`), 'what one person wrote keeps its order');
  }

  await Promise.all([visitor.page.reload(), agent.page.reload()]);
  await visitor.open();
  await agent.connection('Live');
  await screensAgree({ visitor, agent, conversationId }, all);
  assert.equal((await visitor.state()).conversationId, conversationId, 'the visitor is in the same conversation');

  await visitor.say('after the reload');
  await agent.say('seen');
  await screensAgree({ visitor, agent, conversationId }, all + 2);
  await leave({ visitor, agent });
});

test('the same conversation in two tabs of a visitor shows the same', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('From the first tab');
  const secondPage = await visitor.page.context().newPage();
  const second = await Visitor.onTestPage(secondPage, stage.server);
  await second.sees('From the first tab');
  await second.say('From the second tab');
  await visitor.say('And from the first again');
  await agent.say('Both received');
  for (const tab of [visitor, second]) await screensAgree({ visitor: tab, agent, conversationId }, 4);
  await leave({ visitor, agent });
});

test('a slow line loses, doubles and reorders nothing', async () => {
  const { visitor, agent, conversationId } = await stage.conversation();
  const session = await visitor.page.context().newCDPSession(visitor.page);
  const slow = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', slow);
  const write = async (person, name) => {
    for (const number of [1, 2, 3, 4, 5, 6]) await person.say(`${name} ${number}`);
  };
  await Promise.all([write(visitor, 'slow visitor'), write(agent, 'agent')]);
  await screensAgree({ visitor, agent, conversationId }, 13, 20_000);
  await leave({ visitor, agent });
});

/** Waits until everything has arrived, and then holds the screens against the store. */
async function screensAgree({ visitor, agent, conversationId }, count, withinMs = 5_000) {
  for (const person of [visitor, agent]) {
    const seen = async () => (await person.texts()).length;
    await until(async () => `${count} messages on the screen, where ${await seen()} are`, async () => (await seen()) >= count, withinMs);
  }
  await until('everything in the store', async () => (await stage.stored(conversationId)).length >= count, withinMs);
  const stored = (await stage.stored(conversationId)).map(({ message, sender_type: sender }) => ({
    from: sender === 'employee' ? 'agent' : sender,
    text: message,
  }));
  assert.equal(stored.length, count);
  // A message of one's own may stand at the end until its place in the conversation is known.
  const shown = async (person) => (await person.messages()).map(({ from, text }) => ({ from, text }));
  for (const person of [visitor, agent]) {
    await until('the order of the store', async () => JSON.stringify(await shown(person)) === JSON.stringify(stored)).catch(() => {});
    assert.deepEqual(await shown(person), stored);
  }
}
