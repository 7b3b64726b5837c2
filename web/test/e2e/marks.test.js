/** What the writer of a message sees become of it: sent, delivered to a screen of the other side, read. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { Agent } from '../support/agent.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

/** A page whose sockets are all cut, so that it asks instead. */
async function pageWithoutSockets() {
  const page = await openPage(stage.browser);
  await page.routeWebSocket(/\/app\//, (socket) => socket.close({ code: 1011 }));
  return page;
}

const ways = { 'a WebSocket': () => openPage(stage.browser), polling: pageWithoutSockets };

for (const [way, openTab] of Object.entries(ways)) {
  test(`a visitor sees sent, delivered and read, over ${way}`, async () => {
    const visitor = new Visitor(await openTab());
    await visitor.page.goto(`${stage.server.url}/chatbot-test.html`);
    await visitor.launcher.click();
    await visitor.provider(way === 'polling' ? 'polling' : 'reverb');
    const reads = [];
    const tick = () => visitor.panel.locator('.row.own').last().locator('.tick').getAttribute('class');
    const becomes = async (sign, words) => {
      await until(`“${words}” beside the message`, async () => (await visitor.messages()).at(-1)?.meta.endsWith(words));
      assert.equal(await tick(), `tick ${sign}`);
      reads.push(words);
    };
    await visitor.say('Is anybody there?');
    await becomes('sent', 'Sent');
    const { conversationId } = await visitor.state();

    const agent = new Agent(await openTab(), stage.server);
    await agent.page.goto(`${stage.server.url}/inbox`);
    await agent.logIn(stage.account);
    await agent.row(conversationId).waitFor();
    await becomes('delivered', 'Delivered');
    assert.equal(await agent.row(conversationId).locator('.badge').count(), 1, 'nobody has read it');

    // An inbox that is open already gets the next one as well, and tells so in one request.
    let nRequests = 0;
    agent.page.on('request', (request) => (nRequests += Number(request.url().endsWith('/api/v1/delivered'))));
    await visitor.say('Hello?');
    await becomes('delivered', 'Delivered');
    assert.equal(nRequests, 1);

    await agent.openConversation(conversationId);
    await becomes('seen', 'Seen');
    assert.deepEqual(reads, ['Sent', 'Delivered', 'Delivered', 'Seen']);

    await visitor.page.reload();
    await visitor.launcher.click();
    await becomes('seen', 'Seen');
    await leave({ visitor, agent }, /closed with 1011|status of 401/);
  });
}

test('an agent sees that an answer has reached a chat that is closed, and that it was read', async () => {
  const { visitor, agent } = await stage.conversation();
  const mark = () => agent.page.locator('.mark').last().getAttribute('title');
  await visitor.close();
  await agent.say('Are you still there?');
  await until('delivered in the inbox', async () => (await mark()) === 'Delivered');
  await visitor.open();
  await until('read in the inbox', async () => (await mark()) === 'Read');
  await leave({ visitor, agent });
});

test('an inbox that nothing happens in asks the server to write nothing', async () => {
  const [visitor, agent] = await Promise.all([stage.visitor(), stage.agent()]);
  const marked = [];
  agent.page.on('request', (request) => request.url().endsWith('/delivered') && marked.push(request.postDataJSON()));
  await visitor.say('one');
  const { conversationId } = await visitor.state();
  await until('the mark', async () => marked.length > 0);
  await until('the mark at the visitor', async () => (await visitor.messages()).at(-1)?.meta.endsWith('Delivered'));
  // An answer, and another look at the whole list, are no reasons for a mark.
  await stage.stored(conversationId);
  await stage.api.say(conversationId, 'two');
  await visitor.sees('two');
  await agent.page.reload();
  await agent.connection('Live');
  await agent.row(conversationId).waitFor();
  await visitor.say('three');
  await until('the next mark', async () => marked.length > 1);
  const own = marked.map(({ marks }) => marks.filter((mark) => mark.conversation_id === conversationId));
  assert.deepEqual(own, [[{ conversation_id: conversationId, up_to_seq: 1 }], [{ conversation_id: conversationId, up_to_seq: 3 }]]);
  await leave({ visitor, agent });
});
