/**
 * The WebSocket server goes away and comes back, in the two ways it can: `reverb:start` dies beside a `serve` that lives,
 * and a network lets HTTP through but not the socket's port. Both sides go on by long-poll, and return by themselves.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { freePort } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

/** What the contract allows between the loss of the socket and the next way. */
const TAKES_OVER_MS = 3_000;
/** The pauses between attempts double up to half a minute; the outages here are short. */
const COMES_BACK_MS = 20_000;
/** What browsers themselves say about a socket that fails, and the widget about its fallback. */
const ABOUT_THE_OUTAGE = /WebSocket connection to|real-time unavailable|status of (401|502|503|504)|ERR_/;

/** A server in one process, whose sockets browsers are told to reach through a proxy's port. */
let single;
let proxy;
before(async () => {
  const socketPort = await freePort();
  proxy = new TcpProxy(socketPort);
  await proxy.open();
  const env = {
    REVERB_SERVER_PORT: String(socketPort),
    REVERB_HOST: 'localhost',
    REVERB_PORT: String(proxy.port),
    REVERB_SCHEME: 'http',
  };
  single = await Stage.open({ env });
});
beforeEach(() => proxy.open());
after(async () => {
  await single?.close();
  await proxy?.close();
});

test('split mode: both sides outlive the death of reverb:start', async (t) => {
  const stage = await Stage.open({ split: true });
  t.after(() => stage.close());
  await throughAnOutage(t, stage, {
    begin: () => stage.server.killSockets(),
    end: () => stage.server.startSockets(),
  });
});

test('single mode: both sides outlive a port that refuses connections', async (t) => {
  await throughAnOutage(t, single, { begin: () => proxy.refuse(), end: () => proxy.open() });
});

test('single mode: both sides outlive a port that swallows everything', async (t) => {
  await throughAnOutage(t, single, {
    // Nothing arrives to say so; it is the unanswered ping of whoever writes that tells.
    begin: () => proxy.fallSilent(),
    end: () => {
      proxy.cut();
      return proxy.open();
    },
  });
});

for (const [fault, block] of Object.entries({ refuses: (proxy) => proxy.refuse(), swallows: (proxy) => proxy.fallSilent() })) {
  test(`a chat that is opened while the port ${fault} everything begins by long-poll, and moves up later`, async (t) => {
    await block(proxy);
    const visitor = new Visitor(await openPage(single.browser));
    await visitor.page.goto(`${single.server.url}/chatbot-test.html`);
    await visitor.launcher.click();
    await visitor.panel.waitFor();
    const openedAt = performance.now();
    await visitor.provider('polling', TAKES_OVER_MS + 1_000);
    await visitor.say('Can you hear me?');
    const { conversationId } = await visitor.state();
    await until('the message in the store', async () => (await single.stored(conversationId)).length === 1);
    await single.api.say(conversationId, 'Yes.');
    await visitor.sees('Yes.', TAKES_OVER_MS);
    t.diagnostic(`there and back ${Math.round(performance.now() - openedAt)} ms after opening`);
    const warnings = visitor.page.complaints.lines('warning').filter((line) => line.includes('real-time unavailable'));
    assert.equal(warnings.length, 1, `one line about the outage: ${warnings}`);

    proxy.cut();
    await proxy.open();
    await visitor.provider('reverb', COMES_BACK_MS);
    await single.api.say(conversationId, 'Better now.');
    await visitor.sees('Better now.');
    assert.deepEqual(await visitor.texts(), ['Can you hear me?', 'Yes.', 'Better now.']);
    await leave({ visitor }, ABOUT_THE_OUTAGE);
  });
}

async function throughAnOutage(t, stage, { begin, end }) {
  const { visitor, agent, conversationId } = await stage.conversation('before');
  await visitor.live();

  const cutAt = performance.now();
  await begin();
  // Written while nobody knows yet that anything is wrong.
  await visitor.say('visitor, at once');
  await agent.say('agent, at once');
  await visitor.provider('polling', TAKES_OVER_MS);
  await agent.connection('Polling', TAKES_OVER_MS);
  t.diagnostic(`both sides long-poll ${Math.round(performance.now() - cutAt)} ms after the loss`);
  assert.equal((await visitor.state()).connected, false);
  await agent.sees('visitor, at once', TAKES_OVER_MS);
  await visitor.sees('agent, at once', TAKES_OVER_MS);

  for (const number of [1, 2, 3]) {
    const sentAt = performance.now();
    await visitor.say(`visitor by polling ${number}`);
    await agent.sees(`visitor by polling ${number}`, TAKES_OVER_MS);
    await agent.say(`agent by polling ${number}`);
    await visitor.sees(`agent by polling ${number}`, TAKES_OVER_MS);
    if (number === 3) t.diagnostic(`there and back by long-poll: ${Math.round(performance.now() - sentAt)} ms`);
  }

  const backAt = performance.now();
  await end();
  await visitor.provider('reverb', COMES_BACK_MS);
  await agent.connection('Live', COMES_BACK_MS);
  t.diagnostic(`both sides are live again ${Math.round(performance.now() - backAt)} ms after the end of the outage`);
  await visitor.say('visitor, live again');
  await agent.say('agent, live again');

  const stored = async () => (await stage.stored(conversationId)).map(({ message }) => message);
  await until('both last messages in the store', async () => (await stored()).length === 11);
  for (const person of [visitor, agent]) {
    const complete = async () => JSON.stringify(await person.texts()) === JSON.stringify(await stored());
    await until('the screen to agree with the store', complete).catch(() => {});
    assert.deepEqual(await person.texts(), await stored(), 'nothing lost, nothing doubled, one order');
  }
  await leave({ visitor, agent }, ABOUT_THE_OUTAGE);
}
