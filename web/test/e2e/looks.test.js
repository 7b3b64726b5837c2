/**
 * Every page in the states a person meets, on a desk and on a phone, light and dark, left-to-right and right-to-left: no
 * serious finding of axe-core, and a picture of each in `/screenshots` for people to look at.
 */

import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible, assertWidgetAccessible } from '../support/axe.js';
import { openPage, screenshot } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { withSettings } from '../support/settings.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

/** How people look at it. */
const VIEWS = {
  desk: { viewport: { width: 1280, height: 800 } },
  'desk-dark': { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  'phone-dark': { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: 'dark' },
  'phone-rtl': { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, rtl: true },
  'desk-rtl': { viewport: { width: 1280, height: 800 }, rtl: true },
};
/** A desk at 200 % zoom, and a page with the widget only. */
const WIDGET_VIEWS = { ...VIEWS, zoomed: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } };
const FORM = {
  fields: [
    { name: 'name', required: true },
    { name: 'email', type: 'email', required: true },
    { name: 'topic', label: 'What is it about?', type: 'select', options: ['An order', 'Coffee'] },
    { name: 'note', label: 'Anything else?', type: 'textarea' },
  ],
  consent: { text: 'I agree that what I write is used to answer me.', url: 'https://coffee.example/privacy' },
};

let stage;
let site;
before(async () => {
  stage = await Stage.open();
  const token = await stage.server.createWidget('Harbour Coffee', '127.0.0.1');
  const body = '<main style="padding:48px;font:18px/1.6 Georgia,serif"><h1>Harbour Coffee</h1><p>Freshly roasted every Tuesday.</p></main>';
  // A page that can be dark, because the widget is as dark as the page.
  const head = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">';
  const html = pageWithWidget(stage.server, token, { body, head });
  const rtl = pageWithWidget(stage.server, token, { body, head, attributes: 'data-locale="ar"' });
  site = await HostSite.open({ '/': html, '/rtl': rtl.replace('<html lang="en">', '<html lang="ar" dir="rtl">') });
});
after(async () => {
  await stage?.close();
  await site?.close();
});

for (const [view, { rtl = false, ...options }] of Object.entries(WIDGET_VIEWS)) {
  test(`the widget's forms and lists, ${view}`, async () => {
    const page = await openPage(stage.browser, options);
    const visitor = new Visitor(page);
    const path = rtl ? '/rtl' : '/';
    await withSettings(page, { pre_chat: FORM });
    await page.goto(site.url + path);
    await visitor.launcher.click();
    await visitor.panel.locator('.form').waitFor();
    await screenshot(page, `widget-form-${view}`);
    await assertWidgetAccessible(page);
    await visitor.panel.locator('.form .primary').click();
    await screenshot(page, `widget-form-mistakes-${view}`);
    await assertWidgetAccessible(page);

    await withSettings(page, { availability: { open: false, opens_at: new Date(Date.now() + 20 * 3_600_000).toISOString() } });
    await page.reload();
    await visitor.launcher.click();
    await visitor.panel.locator('.form').waitFor();
    await screenshot(page, `widget-away-${view}`);
    await assertWidgetAccessible(page);

    const limits = { message_max_characters: 5_000, file_max_bytes: 100_000, file_max_count: 10, file_types: [] };
    await withSettings(page, { quick_replies: ['Where is my order?', 'Opening hours', 'Talk to a person'], csat: {} }, { limits });
    await page.reload();
    await visitor.open();
    await screenshot(page, `widget-replies-${view}`);
    await assertWidgetAccessible(page);
    await visitor.panel.locator('.reply').first().click();
    const { conversationId } = await visitor.state();
    await until('the answer in the store', async () => (await stage.stored(conversationId)).length === 1);
    await visitor.panel.locator('.smile').click();
    await visitor.panel.locator('.emoji').waitFor();
    await screenshot(page, `widget-emoji-${view}`);
    await assertWidgetAccessible(page);
    await page.keyboard.press('Escape');
    const files = [
      { name: 'a photo with a rather long name.png', mimeType: 'image/png', buffer: await page.screenshot({ clip: { x: 0, y: 0, width: 80, height: 80 } }) },
      { name: 'invoice.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') },
      { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(100_001) },
    ];
    await visitor.panel.locator('input[type=file]').setInputFiles(files);
    await visitor.panel.locator('.tray li').nth(1).waitFor();
    await screenshot(page, `widget-files-${view}`);
    await assertWidgetAccessible(page);
    for (const _ of [1, 2]) await visitor.panel.locator('.tray-remove').first().click();
    await visitor.panel.locator('.menu > .tool').click();
    await screenshot(page, `widget-menu-${view}`);
    await assertWidgetAccessible(page);
    await page.keyboard.press('Escape');

    await visitor.close();
    await stage.api.say(conversationId, 'It is on its way:\n\n- **two** bags\n- `SUMATRA` 250 g');
    await visitor.widget.locator('.preview').waitFor();
    await screenshot(page, `widget-preview-${view}`);
    await assertWidgetAccessible(page);
    await visitor.launcher.click();
    await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
    await visitor.panel.locator('.face-choice').nth(3).click();
    await screenshot(page, `widget-rating-${view}`);
    await assertWidgetAccessible(page);

    await page.route('**/api/chatbot/conversations?*', (route) => route.fulfill({ json: { success: true, conversations: CHATS }, headers: { 'Access-Control-Allow-Origin': '*' } }));
    await visitor.panel.locator('.menu > .tool').click();
    await visitor.panel.getByRole('menuitem').first().click();
    await visitor.panel.locator('.history-row').first().waitFor();
    await screenshot(page, `widget-history-${view}`);
    await assertWidgetAccessible(page);
    await page.context().close();
  });

  test(`the widget, ${view}`, async () => {
    const page = await openPage(stage.browser, options);
    await page.goto(rtl ? `${site.url}/rtl` : site.url);
    const visitor = new Visitor(page);
    await visitor.launcher.waitFor();
    await screenshot(page, `widget-closed-${view}`);
    await visitor.open();
    await screenshot(page, `widget-open-${view}`);
    await assertWidgetAccessible(page);

    await talk(visitor, rtl);
    await screenshot(page, `widget-conversation-${view}`);
    await assertWidgetAccessible(page);

    await page.context().setOffline(true);
    await visitor.say(rtl ? 'هل وصلت رسالتي؟' : 'Did that arrive?');
    await visitor.panel.locator('.hint:not(:empty)').waitFor();
    await screenshot(page, `widget-offline-${view}`);
    await assertWidgetAccessible(page);
    await page.context().setOffline(false);
    await until('no message on its way', async () => (await visitor.sentTexts()).length === 3, 10_000);

    const { conversationId } = await visitor.state();
    await stage.stored(conversationId);
    await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
    await visitor.startNew.waitFor();
    await screenshot(page, `widget-ended-${view}`);
    await assertWidgetAccessible(page);
    await page.context().close();
  });
}

for (const [view, { rtl = false, ...options }] of Object.entries(VIEWS)) {
  test(`the test page, ${view}`, async () => {
    const visitor = new Visitor(await openPage(stage.browser, options));
    const { page } = visitor;
    await page.goto(`${stage.server.url}/chatbot-test.html`);
    await visitor.launcher.waitFor();
    if (rtl) await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await screenshot(page, `test-page-${view}`, { fullPage: true });
    await assertAccessible(page);
    await page.context().close();
  });

  test(`the inbox, ${view}`, async () => {
    const other = await openPage(stage.browser);
    await other.goto(site.url);
    const visitor = new Visitor(other);
    await visitor.open();
    await talk(visitor, rtl);
    const { conversationId } = await visitor.state();

    const page = await openPage(stage.browser, options);
    if (rtl) await page.context().addInitScript(() => document.addEventListener('DOMContentLoaded', () => (document.documentElement.dir = 'rtl')));
    const agent = new Agent(page, stage.server);
    await page.goto(`${stage.server.url}/inbox/login`);
    await page.getByLabel('E-mail').waitFor();
    await screenshot(page, `inbox-login-${view}`);
    await assertAccessible(page);
    await agent.logIn(stage.account);
    await agent.connection('Live');
    await agent.row(conversationId).waitFor();
    await screenshot(page, `inbox-list-${view}`);
    await assertAccessible(page);
    await agent.openConversation(conversationId);
    await until('the conversation', async () => (await agent.texts()).length > 3);
    await screenshot(page, `inbox-conversation-${view}`);
    await assertAccessible(page);
    await agent.button('Close').click();
    await page.getByText('This conversation is closed.').waitFor();
    await screenshot(page, `inbox-closed-${view}`);
    await assertAccessible(page);
    for (const used of [page, other]) await used.context().close();
  });
}

const CHATS = [
  { id: 3, status: 'active', created_at: '2026-11-20T10:00:00Z', last_message_at: new Date().toISOString(), unread: 2, preview: 'It is on its **way** to you, and should be there by Tuesday at the latest', assigned_to: { id: 1, name: 'Ada Agent' } },
  { id: 2, status: 'closed', created_at: '2026-11-20T10:00:00Z', last_message_at: '2026-11-20T10:05:00Z', unread: 0, preview: 'شكرا جزيلا', assigned_to: null },
];

test('the set-up page', async (t) => {
  const fresh = await Stage.open({ agent: false });
  t.after(() => fresh.close());
  for (const view of ['desk', 'phone', 'phone-dark']) {
    const page = await openPage(fresh.browser, VIEWS[view]);
    await page.goto(fresh.server.setupLink);
    await page.getByLabel('Name').waitFor();
    await screenshot(page, `inbox-setup-${view}`);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Enter your name.').waitFor();
    await screenshot(page, `inbox-setup-mistakes-${view}`);
    await assertAccessible(page);
    await page.context().close();
  }
});

/** A conversation with what conversations have: short and long, links, several in a row, both sides. */
async function talk(visitor, rtl) {
  const words = rtl
    ? ['مرحبا، هل لديكم قهوة منزوعة الكافيين؟', 'أهلا! نعم، تحمص كل ثلاثاء.', 'التفاصيل: https://coffee.example/decaf', 'شكرا جزيلا! 👍']
    : [
        'Hi! Do you have a decaf that does not taste like cardboard?',
        'We do: the Sumatra. It is roasted every Tuesday, and the Swiss Water process keeps what you would miss otherwise.',
        'Everything about it: https://coffee.example/beans/sumatra-decaf?size=250g&grind=filter',
        'Lovely, thank you! 👍',
      ];
  await visitor.say(words[0]);
  const { conversationId } = await visitor.state();
  await until('the question in the store', async () => (await stage.stored(conversationId)).length === 1);
  await stage.api.say(conversationId, words[1]);
  await stage.api.say(conversationId, words[2]);
  await visitor.sees(words[2]);
  await visitor.say(words[3]);
  await until('all of it sent', async () => (await stage.stored(conversationId)).length === 4);
  await until('no message on its way', async () => (await visitor.sentTexts()).length === 2);
}
