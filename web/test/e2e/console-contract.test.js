/** What a site owner may rely on in the browser's console, and what the widget leaves alone in their page. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
let token;
before(async () => {
  stage = await Stage.open();
  token = await stage.server.demoToken();
});
after(() => stage?.close());

test('state and Echo are what the contract says, and the log has its two lines', async () => {
  const visitor = await stage.visitor();
  const { page } = visitor;
  await visitor.say('Hello');
  await until('the message to be sent', () => page.evaluate(() => window.state.messages.length === 1));
  const { conversationId } = await visitor.state();

  const found = await page.evaluate(() => ({
    realtimeProvider: state.realtimeProvider,
    realtimeConnected: state.realtimeConnected,
    channel: state.channelSubscription.name,
    messages: state.messages.map(({ seq, message, sender_type }) => ({ seq, message, sender_type })),
    readyState: window.Echo.connector.socket.readyState,
    alias: window.Echo.connector.socket.state,
    isWebSocket: window.Echo.connector.socket instanceof WebSocket,
    same: window.Chatbot.Echo === window.Echo && window.Chatbot.state === window.state,
  }));
  assert.deepEqual(found, {
    realtimeProvider: 'reverb',
    realtimeConnected: true,
    channel: `private-chat.conversation.${conversationId}`,
    messages: [{ seq: 1, message: 'Hello', sender_type: 'visitor' }],
    readyState: 1,
    alias: 1,
    isWebSocket: true,
    same: true,
  });
  assert.deepEqual(page.complaints.lines('info'), [
    '✓ Reverb real-time connected',
    `✓ Subscribed to real-time channel: chat.conversation.${conversationId} via reverb`,
  ]);

  await page.evaluate((id) => {
    window.received = [];
    window.Echo.private(`chat.conversation.${id}`).listen('.ChatMessageReceived', (message) => window.received.push(message));
  }, conversationId);
  await stage.stored(conversationId);
  await stage.api.say(conversationId, 'For the console');
  await until('the event', () => page.evaluate(() => window.received.length > 0));
  const [message, ...more] = await page.evaluate(() => window.received);
  assert.deepEqual(more, []);
  assert.equal(message.message, 'For the console');
  assert.equal(message.sender_type, 'employee');
  assert.equal(message.conversation_id, conversationId);
  assert.equal(message.seq, 2);
  await leave({ visitor });
});

test('what listens in the console hears the same by long-poll', async () => {
  const visitor = await stage.visitor();
  const { page } = visitor;
  await visitor.say('Hello');
  const { conversationId } = await visitor.state();
  await page.evaluate((id) => {
    window.received = [];
    window.Echo.private(`chat.conversation.${id}`).listen('.ChatMessageReceived', ({ message }) => window.received.push(message));
  }, conversationId);
  // No further socket: what is there is closed by the page, and the next one is not let out.
  await page.routeWebSocket(/\/app\//, (socket) => socket.close({ code: 1011 }));
  await page.evaluate(() => window.Echo.connector.socket.close());
  await visitor.provider('polling');
  await stage.stored(conversationId);
  await stage.api.say(conversationId, 'By another way');
  await until('the event', () => page.evaluate(() => window.received.includes('By another way')));
  assert.deepEqual(await page.evaluate(() => window.received.filter((text) => text !== 'Hello')), ['By another way']);
  assert.equal(await page.evaluate(() => window.Echo.connector.socket.readyState === 1), false);
  await leave({ visitor }, /real-time unavailable|WebSocket/);
});

test('the test page shows the live state, measures, and its buttons run the snippets', async () => {
  const { visitor, agent } = await stage.conversation();
  const { page } = visitor;
  const { conversationId } = await visitor.state();
  const fact = async (id) => (await page.locator(`#${id}`).textContent()).trim();
  await until('the provider', async () => (await fact('provider')) === 'reverb');
  assert.equal(await fact('connected'), 'yes');
  assert.equal(await fact('channel'), `chat.conversation.${conversationId}`);
  assert.equal(await fact('conversation'), `#${conversationId}`);
  await visitor.say('Measure this');
  await until('a time until the answer', async () => /^[\d.]+ ms$/.test(await fact('acknowledged')));

  await visitor.close();
  const snippets = page.locator('#snippets li');
  const outputs = [];
  for (let index = 0; index < (await snippets.count()); index += 1) {
    await snippets.nth(index).getByRole('button').click();
    outputs.push(await snippets.nth(index).locator('output').textContent());
  }
  const channel = `EchoChannel { name: "private-chat.conversation.${conversationId}" }`;
  assert.deepEqual(outputs, ['"reverb"', 'true', channel, '1', channel]);
  await agent.say('For the snippet');
  await snippets.last().locator('output', { hasText: '"message":"For the snippet"' }).waitFor();

  const tag = await page.locator('#tag').textContent();
  assert.ok(tag.includes(`src="${stage.server.url}/chatbot-widget.js"`) && tag.includes(`data-api-token="${token}"`), tag);
  await page.getByRole('button', { name: 'Open the chat' }).click();
  await visitor.panel.waitFor();
  await leave({ visitor, agent });
});

test('the time to the other screen is shown on the test page when the inbox is open in the same browser', async () => {
  const { visitor, agent } = await stage.conversation();
  const inbox = await agent.page.context().newPage();
  await inbox.goto(`${stage.server.url}/chatbot-test.html`);
  const colleague = new Visitor(inbox);
  await colleague.open();
  await colleague.say('first');
  await agent.openConversation((await colleague.state()).conversationId);
  await agent.sees('first');
  await colleague.say('second');
  await inbox.locator('#shown', { hasText: /^[\d.]+ ms$/ }).waitFor();
  await leave({ visitor, agent });
});

test("a page's own Echo and state stay the page's", async (t) => {
  const head = '<script>window.Echo = { mine: true }; window.state = "mine";</script>';
  const site = await HostSite.open({ '/': pageWithWidget(stage.server, token, { head }) });
  t.after(() => site.close());
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  assert.deepEqual(await page.evaluate(() => [window.Echo, window.state]), [{ mine: true }, 'mine']);
  assert.equal(await page.evaluate(() => window.Chatbot.Echo.connector.socket.readyState), 1);
  await leave({ visitor });
});

test('nothing leaks into the page: no globals but the named ones, no styles, no cookies, no keys of others', async (t) => {
  const style = '<style>* { color: rgb(1, 2, 3) !important; font-size: 30px !important; display: block !important; }</style>';
  const body = '<h1>A shop</h1><p>Text</p><button>Buy</button>';
  const html = pageWithWidget(stage.server, token, { body });
  const site = await HostSite.open({
    '/': html,
    '/plain': html.replace(/<script.*<\/script>/, ''),
    '/loud': pageWithWidget(stage.server, token, { body, head: style }),
  });
  t.after(() => site.close());
  const page = await openPage(stage.browser);
  const survey = () =>
    page.evaluate(() => ({
      globals: Object.getOwnPropertyNames(window).filter((name) => !/^\d+$/.test(name)),
      styles: [...document.querySelectorAll('html, body, h1, p, button')].map((element) => {
        const computed = getComputedStyle(element);
        return [...computed].map((name) => `${name}: ${computed.getPropertyValue(name)}`).join(';');
      }),
      children: [...document.documentElement.children].map(({ localName, id }) => (id ? `${localName}#${id}` : localName)),
      sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
      size: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
      enumerable: Object.keys(window).filter((name) => ['Echo', 'state'].includes(name)),
    }));
  await page.goto(`${site.url}/plain`);
  const plain = await survey();
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('Hello');
  const used = await survey();

  const added = used.globals.filter((name) => !plain.globals.includes(name)).sort();
  assert.deepEqual(added, ['Chatbot', 'Echo', 'state']);
  assert.deepEqual(used.enumerable, []);
  assert.deepEqual(used.styles, plain.styles, 'the styles of the page');
  assert.deepEqual(used.children, ['head', 'body', 'div#chatbot-widget']);
  assert.deepEqual(used.sheets, plain.sheets);
  assert.deepEqual(used.size, plain.size, 'the page does not grow');
  assert.equal(await page.evaluate(() => document.cookie), '');
  const keys = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]);
  assert.ok(keys.length > 0 && keys.every((key) => key.startsWith('chatbot:')), keys.join());

  // And the other way round: a page's loudest rules do not get in.
  await page.goto(`${site.url}/loud`);
  await visitor.open();
  const composer = await visitor.composer.evaluate((field) => {
    const { color, fontSize } = getComputedStyle(field);
    return { color, fontSize };
  });
  assert.notEqual(composer.color, 'rgb(1, 2, 3)');
  assert.notEqual(composer.fontSize, '30px');
  await leave({ visitor });
});

test('a page that includes the script twice has one chat', async (t) => {
  const html = pageWithWidget(stage.server, token);
  const tag = /<script.*<\/script>/.exec(html)[0];
  const site = await HostSite.open({ '/': html.replace('</body>', `${tag}</body>`) });
  t.after(() => site.close());
  const page = await openPage(stage.browser);
  await page.goto(site.url, { waitUntil: 'networkidle' });
  const visitor = new Visitor(page);
  await visitor.open();
  assert.equal(await page.locator('#chatbot-widget').count(), 1);
  await leave({ visitor });
});
