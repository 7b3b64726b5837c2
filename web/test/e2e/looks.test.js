/**
 * Every page in the states a person meets, on a desk and on a phone, light and dark, left-to-right and right-to-left: no
 * serious finding of axe-core, and a picture of each in `/screenshots` for people to look at. Each state is brought about once for each kind
 * of device and direction; colors and zoom follow in the page that is open.
 */

import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible, assertContrast, assertLayoutAccessible, assertWidgetAccessible, assertWidgetContrast, assertWidgetLayoutAccessible } from '../support/axe.js';
import { openPage, screenshot } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { inViews } from '../support/screens.js';
import { startServer } from '../support/server.js';
import { withSettings } from '../support/settings.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DARK = { colorScheme: 'dark' };
/** What the widget's page is opened as, and the views that it is then shown in: the last one of the desk is that at 200 % zoom. */
const WIDGET_WAYS = {
  desk: { options: DESK, views: { desk: {}, 'desk-dark': DARK, zoomed: { viewport: { width: 640, height: 400 } } } },
  phone: { options: PHONE, views: { phone: {}, 'phone-dark': DARK } },
  'phone-rtl': { options: PHONE, rtl: true, views: { 'phone-rtl': {} } },
  'desk-rtl': { options: DESK, rtl: true, views: { 'desk-rtl': {} } },
};
/** Our own pages turn round where they are. */
const PAGE_WAYS = {
  desk: { options: DESK, views: { desk: { dir: 'ltr' }, 'desk-dark': DARK, 'desk-rtl': { dir: 'rtl' } } },
  phone: { options: PHONE, rtl: true, views: { phone: { dir: 'ltr' }, 'phone-dark': DARK, 'phone-rtl': { dir: 'rtl' } } },
};
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

/** Nothing moves in the pictures, and no color is on its way to another when it is judged. */
const open = (options) => openPage(stage.browser, { reducedMotion: 'reduce', ...options });

/** A picture of the widget in each view; judged in all that can differ between them. */
const lookAtWidget = (page, name, views) =>
  inViews(page, views, async (view) => {
    await screenshot(page, `widget-${name}-${view}`);
    if (view === 'desk') await assertWidgetAccessible(page);
    else if (view.endsWith('-dark')) await assertWidgetContrast(page);
    else await assertWidgetLayoutAccessible(page);
  });

/** The same of a page of ours. */
const lookAtPage = (page, name, views, options) =>
  inViews(page, views, async (view) => {
    await screenshot(page, `${name}-${view}`, options);
    if (view === 'desk') await assertAccessible(page);
    else if (view === 'desk-dark') await assertContrast(page);
    else if (view === 'phone') await assertLayoutAccessible(page);
  });

for (const [way, { options, views, rtl = false }] of Object.entries(WIDGET_WAYS)) {
  test(`the widget's forms and lists, ${way}`, async () => {
    const page = await open(options);
    const look = (name) => lookAtWidget(page, name, views);
    const visitor = new Visitor(page);
    const path = rtl ? '/rtl' : '/';
    await withSettings(page, { pre_chat: FORM });
    await page.goto(site.url + path);
    await visitor.launcher.click();
    await visitor.panel.locator('.form').waitFor();
    await look('form');
    await visitor.panel.locator('.form .primary').click();
    await look('form-mistakes');

    await withSettings(page, { availability: { open: false, opens_at: new Date(Date.now() + 20 * 3_600_000).toISOString() } });
    await page.reload();
    await visitor.launcher.click();
    await visitor.panel.locator('.form').waitFor();
    await look('away');

    const limits = { message_max_characters: 5_000, file_max_bytes: 100_000, file_max_count: 10, file_types: [] };
    await withSettings(page, { quick_replies: ['Where is my order?', 'Opening hours', 'Talk to a person'], csat: {} }, { limits });
    await page.reload();
    await visitor.open();
    await look('replies');
    await visitor.panel.locator('.reply').first().click();
    const { conversationId } = await visitor.state();
    await until('the answer in the store', async () => (await stage.stored(conversationId)).length === 1);
    await visitor.panel.locator('.smile').click();
    await visitor.panel.locator('.emoji').waitFor();
    await look('emoji');
    await page.keyboard.press('Escape');
    const files = [
      { name: 'a photo with a rather long name.png', mimeType: 'image/png', buffer: await page.screenshot({ clip: { x: 0, y: 0, width: 80, height: 80 } }) },
      { name: 'invoice.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') },
      { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(100_001) },
    ];
    await visitor.panel.locator('input[type=file]').setInputFiles(files);
    await visitor.panel.locator('.tray li').nth(1).waitFor();
    await look('files');
    for (const _ of [1, 2]) await visitor.panel.locator('.tray-remove').first().click();
    await visitor.panel.locator('.menu > .tool').click();
    await look('menu');
    await page.keyboard.press('Escape');

    await visitor.close();
    await stage.api.say(conversationId, 'It is on its way:\n\n- **two** bags\n- `SUMATRA` 250 g');
    await visitor.widget.locator('.preview').waitFor();
    await look('preview');
    await visitor.launcher.click();
    await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
    await visitor.panel.locator('.face-choice').nth(3).click();
    await look('rating');

    await page.route('**/api/chatbot/conversations?*', (route) => route.fulfill({ json: { success: true, conversations: CHATS }, headers: { 'Access-Control-Allow-Origin': '*' } }));
    await visitor.panel.locator('.menu > .tool').click();
    await visitor.panel.getByRole('menuitem').first().click();
    await visitor.panel.locator('.history-row').first().waitFor();
    await look('history');
    await page.context().close();
  });

  test(`the widget, ${way}`, async () => {
    const page = await open(options);
    const look = (name) => lookAtWidget(page, name, views);
    await page.goto(rtl ? `${site.url}/rtl` : site.url);
    const visitor = new Visitor(page);
    await visitor.launcher.waitFor();
    await look('closed');
    await visitor.open();
    await look('open');

    await talk(visitor, rtl);
    await look('conversation');

    await page.context().setOffline(true);
    await visitor.say(rtl ? 'هل وصلت رسالتي؟' : 'Did that arrive?');
    await visitor.panel.locator('.hint:not(:empty)').waitFor();
    await look('offline');
    await page.context().setOffline(false);
    await until('no message on its way', async () => (await visitor.sentTexts()).length === 3, 10_000);

    const { conversationId } = await visitor.state();
    await stage.stored(conversationId);
    await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
    await visitor.startNew.waitFor();
    await look('ended');
    await page.context().close();
  });
}

for (const [way, { options, views, rtl = false }] of Object.entries(PAGE_WAYS)) {
  test(`the test page, ${way}`, async () => {
    const visitor = new Visitor(await open(options));
    const { page } = visitor;
    await page.goto(`${stage.server.url}/chatbot-test.html`);
    await visitor.launcher.waitFor();
    await lookAtPage(page, 'test-page', views, { fullPage: true });
    await page.context().close();
  });

  test(`the inbox, ${way}`, async () => {
    const other = await open();
    await other.goto(site.url);
    const visitor = new Visitor(other);
    await visitor.open();
    await talk(visitor, rtl);
    const { conversationId } = await visitor.state();

    const page = await open(options);
    const look = (name) => lookAtPage(page, `inbox-${name}`, views);
    const agent = new Agent(page, stage.server);
    await page.goto(`${stage.server.url}/inbox/login`);
    await page.getByLabel('E-mail').waitFor();
    await look('login');
    await agent.logIn(stage.account);
    await agent.connection('Live');
    await agent.row(conversationId).waitFor();
    await look('list');
    await agent.openConversation(conversationId);
    await until('the conversation', async () => (await agent.texts()).length > 3);
    await look('conversation');
    await agent.button('Close').click();
    await page.getByText('This conversation is closed.').waitFor();
    await look('closed');
    for (const used of [page, other]) await used.context().close();
  });
}

const CHATS = [
  { id: 3, status: 'active', created_at: '2026-11-20T10:00:00Z', last_message_at: new Date().toISOString(), unread: 2, preview: 'It is on its **way** to you, and should be there by Tuesday at the latest', assigned_to: { id: 1, name: 'Ada Agent' } },
  { id: 2, status: 'closed', created_at: '2026-11-20T10:00:00Z', last_message_at: '2026-11-20T10:05:00Z', unread: 0, preview: 'شكرا جزيلا', assigned_to: null },
];

test('the set-up page', async (t) => {
  const fresh = await startServer();
  t.after(() => fresh.close());
  for (const { options, views } of Object.values(PAGE_WAYS)) {
    const page = await open(options);
    await page.goto(fresh.setupLink);
    await page.getByLabel('Name').waitFor();
    await lookAtPage(page, 'inbox-setup', views);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Enter your name.').waitFor();
    await lookAtPage(page, 'inbox-setup-mistakes', views);
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
