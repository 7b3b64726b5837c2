/** Answers that a message offers: on the visitor's screen, by mouse, by keyboard and for readers, and on the agent's. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, screenshot } from '../support/browser.js';
import { assertAccessible } from '../support/axe.js';
import { leave, Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { tooFaint } from '../support/contrast.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const OFFERED = [
  'Yes, please',
  { text: 'No, thank you', value: 'order:no' },
  { text: 'Our prices', url: 'https://coffee.example/prices' },
];
const RTL = ['نعم، من فضلك', 'لا، شكرا', { text: 'الأسعار', url: 'https://coffee.example/prices' }];

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

/** Posts a message with answers to choose from; `stage.stored` has made the caller. */
async function offer(conversationId, message, replies) {
  await stage.stored(conversationId);
  await stage.api.post('/api/chatbot/message', { conversation_id: conversationId, message, quick_replies: replies });
  return replies;
}

test('a visitor answers with one press, and the message is stored once', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('Do you have beans?');
  const { panel, page } = visitor;
  await offer(conversationId, 'We do. Shall we send some?', OFFERED);
  const replies = panel.getByRole('group', { name: 'Suggested replies' }).last();
  await replies.getByRole('button', { name: 'Yes, please' }).waitFor();
  const link = replies.getByRole('link', { name: 'Our prices' });
  assert.equal(await link.getAttribute('href'), 'https://coffee.example/prices');
  assert.equal(await link.getAttribute('target'), '_blank');
  assert.match(await link.getAttribute('rel'), /\bnoopener\b/);
  assert.deepEqual(await agent.page.locator('.message__offered li').allTextContents(), ['Yes, please', 'No, thank you', 'Our prices']);

  // A reload shows them again.
  await page.reload();
  await visitor.open();
  await replies.getByRole('button', { name: 'No, thank you' }).dblclick();
  await agent.sees('No, thank you');
  const stored = (await stage.stored(conversationId)).map(({ sender_type: from, message }) => `${from}: ${message}`);
  assert.deepEqual(stored.slice(-2), ['employee: We do. Shall we send some?', 'visitor: No, thank you']);
  assert.ok((await stage.stored(conversationId)).at(-1).client_id, 'sent as any message is');
  for (const button of await replies.getByRole('button').all()) assert.equal(await button.getAttribute('aria-disabled'), 'true');
  await leave({ visitor, agent });
});

test('an answer in other words ends the offer', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('Hello');
  await offer(conversationId, 'Which one?', ['The first', 'The second']);
  const first = visitor.panel.getByRole('button', { name: 'The first' });
  await first.waitFor();
  await visitor.say('Neither of them');
  await first.waitFor({ state: 'hidden' });
  await offer(conversationId, 'Then which?', ['None']);
  await visitor.panel.getByRole('button', { name: 'None' }).waitFor();
  await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
  await visitor.panel.getByRole('button', { name: 'None' }).waitFor({ state: 'hidden' });
  await leave({ visitor, agent });
});

test('the keyboard reaches the answers, and a reader is told of them', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('Hello');
  const { page, panel } = visitor;
  await offer(conversationId, 'Shall we?', OFFERED);
  await panel.getByRole('button', { name: 'Yes, please' }).waitFor();
  await until('the announcement', () =>
    page.evaluate(() => {
      const said = [...document.getElementById('chatbot-widget').shadowRoot.querySelectorAll('[aria-live]')];
      return said.some(({ textContent }) => textContent.includes('Shall we? Suggested replies: Yes, please, No, thank you, Our prices'));
    }),
  );
  await visitor.composer.focus();
  const focused = () => page.evaluate(() => document.getElementById('chatbot-widget').shadowRoot.activeElement?.textContent);
  for (let n = 0; n < 5 && (await focused()) !== 'No, thank you'; n += 1) await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'No, thank you');
  await page.keyboard.press('Enter');
  await agent.sees('No, thank you');
  assert.equal(await focused(), 'No, thank you', 'the focus stays where it was');
  await leave({ visitor, agent });
});

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const VIEWS = {
  desk: { viewport: { width: 1280, height: 800 } },
  'desk-dark': { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone,
  'phone-dark': { ...phone, colorScheme: 'dark' },
  'phone-rtl': { ...phone, rtl: true },
};

for (const [view, { rtl = false, ...options }] of Object.entries(VIEWS)) {
  test(`offered answers and ticks, ${view}`, async (t) => {
    const token = await stage.server.createWidget(`Harbour ${view}`, '127.0.0.1');
    const body = '<main><h1>Harbour Coffee</h1></main>';
    const head = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">';
    const html = pageWithWidget(stage.server, token, { body, head, attributes: rtl ? 'data-locale="ar"' : '' });
    const site = await HostSite.open({ '/': html });
    t.after(() => site.close());
    const page = await openPage(stage.browser, options);
    await page.goto(site.url);
    const visitor = new Visitor(page);
    await visitor.open();
    const looks = async (name) => {
      await screenshot(page, `widget-${name}-${view}`);
      await assertAccessible(page);
      assert.deepEqual(await tooFaint(page, 'chatbot-widget'), []);
    };
    const ticked = (sign) => visitor.panel.locator('.row.own').last().locator(`.tick.${sign}`).waitFor();
    await visitor.say(rtl ? 'مرحبا' : 'Do you have beans?');
    await ticked('sent');
    const { conversationId } = await visitor.state();
    await looks('tick-sent');
    await stage.stored(conversationId);
    await stage.api.post('/api/v1/delivered', { marks: [{ conversation_id: conversationId, up_to_seq: 1 }] });
    await ticked('delivered');
    await looks('tick-delivered');
    await stage.api.post('/api/chatbot/read', { conversation_id: conversationId, up_to_seq: 1 });
    await ticked('seen');
    await looks('tick-seen');
    await offer(conversationId, rtl ? 'أهلا! هل نرسل لك بعضها؟' : 'We do. Shall we send you some?', rtl ? RTL : OFFERED);
    await visitor.panel.locator('.reply').first().waitFor();
    await looks('offered');
    await visitor.panel.locator('.reply').first().click();
    await visitor.panel.locator('.reply.chosen').waitFor();
    await looks('chosen');

    if (!rtl) {
      const agent = await stage.agent(options);
      await agent.openConversation(conversationId);
      await agent.page.locator('.message__offered').waitFor();
      await screenshot(agent.page, `inbox-offered-${view}`);
      await assertAccessible(agent.page);
      await agent.page.context().close();
    }
    await page.context().close();
  });
}
