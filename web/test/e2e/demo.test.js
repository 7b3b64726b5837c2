/** The demo: what is chosen shows in the shop at once, and what comes out works in a page and on the server. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { transform } from 'esbuild';
import { assertAccessible, assertContrast, assertLayoutAccessible } from '../support/axe.js';
import { openPage, screenshot } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite } from '../support/host-page.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const VIEWS = {
  desk: { options: { viewport: { width: 1440, height: 900 } }, hash: '' },
  'desk-dark': {
    options: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
    hash: '#color=%23ffd23f&side=left&ask.name=required&ask.topic=optional&consent=I+agree.&privacy=https%3A%2F%2Fshop.example%2Fprivacy',
  },
  'desk-rtl': { options: { viewport: { width: 1440, height: 900 } }, hash: '#lang=ar&reply=%D8%A3%D9%8A%D9%86%20%D8%B7%D9%84%D8%A8%D9%8A%D8%9F', rtl: true },
  phone: { options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }, hash: '' },
  'phone-dark': {
    options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: 'dark' },
    hash: '#hours=12345+09%3A00-17%3A00&closed=1',
  },
};

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

class Demo {
  static async open(t, { hash = '', options = { viewport: { width: 1440, height: 900 } } } = {}) {
    const demo = new Demo();
    demo.page = await openPage(stage.browser, options);
    t.after(() => demo.page.context().close());
    await demo.page.goto(`${stage.server.url}/demo${hash}`);
    demo.shop = demo.page.frameLocator('iframe');
    demo.widget = demo.shop.locator('#chatbot-widget');
    demo.panel = demo.widget.getByRole('dialog');
    await demo.widget.locator('.launcher').waitFor();
    return demo;
  }

  get frame() {
    return this.page.frames().find((frame) => frame.url().includes('/demo/preview'));
  }

  async openChat() {
    await this.page.getByRole('button', { name: 'Open the chat' }).click();
    await this.panel.waitFor();
  }

  section(title) {
    return this.page.locator('summary', { hasText: title }).click();
  }

  choose(group, choice) {
    return this.page.getByRole('group', { name: group, exact: true }).getByRole('radio', { name: choice, exact: true }).check();
  }

  /** What is told to a widget in the shop. */
  async config() {
    const token = await stage.server.demoToken();
    return this.frame.evaluate(async (bearer) => {
      const response = await fetch('/api/chatbot/config', { headers: { Authorization: `Bearer ${bearer}` } });
      return (await response.json()).widget.settings;
    }, token);
  }

  text(id) {
    return this.page.locator(`#${id}`).textContent();
  }
}

const storedSettings = async () => (await stage.server.command('widget:show', ['--id', '1'])).settings;

test('what is chosen shows in the shop, while the chat goes on and nothing is stored', async (t) => {
  const before = await storedSettings();
  const demo = await Demo.open(t);
  const { page, widget, panel } = demo;
  await demo.openChat();
  await demo.frame.evaluate(() => (window.sameAsBefore = true));

  await page.getByLabel('Color', { exact: true }).fill('#ffd23f');
  const background = () => widget.locator('.launcher').evaluate((button) => getComputedStyle(button).backgroundColor);
  await until('a yellow button', async () => (await background()) === 'rgb(255, 210, 63)');
  await page.getByText('is only 1.4 : 1 from a white page').waitFor();
  await demo.choose('Light or dark', 'Dark');
  await demo.choose('Side', 'Left');
  await widget.locator('.frame.dark.left').waitFor({ state: 'attached' });
  await page.getByLabel('From the bottom').fill('120');
  await until('a button higher up', () => widget.locator('.launcher').evaluate((button) => getComputedStyle(button).bottom === '120px'));

  await demo.section('Language and words');
  await page.getByLabel('Language', { exact: true }).selectOption('Deutsch');
  await panel.getByLabel('Ihre Nachricht').or(panel.locator('textarea[placeholder^="Nachricht"]')).first().waitFor();
  await page.getByLabel('Title').pressSequentially('Töpferei', { delay: 40 });
  await panel.getByRole('heading', { name: 'Töpferei' }).waitFor();
  assert.equal(await page.getByLabel('Title').inputValue(), 'Töpferei', 'the chat does not take the keyboard away');
  await page.getByLabel('Welcome').fill('Moin!');
  await panel.getByText('Moin!').waitFor();

  await demo.section('In the chat');
  await page.getByLabel('Quick replies').fill('Wo ist es?\nDanke');
  await panel.locator('.reply', { hasText: 'Danke' }).waitFor();
  const attach = panel.getByRole('button', { name: 'Dateien anhängen' });
  await attach.waitFor();
  await page.getByLabel('Files').uncheck();
  await attach.waitFor({ state: 'hidden' });

  await page.getByLabel('Language', { exact: true }).selectOption('العربية');
  await until('a page from the right', () => demo.frame.evaluate(() => document.documentElement.dir === 'rtl'));
  await widget.locator('.frame:not(.left)').waitFor({ state: 'attached' });
  assert.equal(await demo.frame.evaluate(() => window.sameAsBefore), true, 'all of it without a reload');
  assert.deepEqual(await storedSettings(), before);
  page.complaints.assertNone();
});

test('the pages are small on the wire, under a strict policy, and framed by nobody else', async () => {
  for (const [path, ancestors] of [['/demo', "'none'"], ['/demo/preview', "'self'"]]) {
    const { status, headers } = await fetch(stage.server.url + path, { headers: { 'Accept-Encoding': 'br' } });
    assert.equal(status, 200);
    const policy = headers.get('content-security-policy').split('; ');
    assert.ok(["default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'none'", `frame-ancestors ${ancestors}`].every((part) => policy.includes(part)), String(policy));
    assert.equal(headers.get('content-encoding'), 'br');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('form and hours begin with a new visitor, and the chat behind them is real', async (t) => {
  const demo = await Demo.open(t);
  const { page, panel } = demo;
  await demo.openChat();
  await demo.section('Before the chat');
  await demo.choose('Name', 'Required');
  await demo.choose('Topic', 'Optional');
  await page.getByLabel('Consent').check();
  await panel.getByLabel('Name').waitFor();
  await demo.section('Business hours');
  await page.getByLabel('Keep hours').check();
  await page.getByLabel('What visitors read outside of them').fill('The kiln is hot.');
  await panel.getByText('The kiln is hot.').waitFor();
  await demo.choose('In the preview it is', 'Within the hours');
  await panel.getByRole('button', { name: 'Start the chat' }).waitFor();

  await panel.getByLabel('Name').fill('Petra');
  await panel.getByLabel('What is it about?').selectOption('A product');
  await panel.getByRole('checkbox').check();
  await panel.getByRole('button', { name: 'Start the chat' }).click();
  await panel.locator('.composer textarea').fill('Is the bowl deep?');
  await panel.locator('.composer textarea').press('Enter');
  const conversationId = await until('a conversation', () => demo.frame.evaluate(() => window.Chatbot.state?.conversationId));
  await until('the question in the store', async () => (await stage.stored(conversationId)).length === 1);
  const { data } = await stage.api.get(`/api/chatbot/conversation/${conversationId}`);
  assert.equal(data.visitor_name, 'Petra');
  await stage.api.say(conversationId, 'Twelve centimeters.');
  await panel.getByText('Twelve centimeters.').waitFor();

  await page.getByRole('button', { name: 'New visitor' }).click();
  await panel.getByLabel('Name').waitFor();
  page.complaints.assertNone();
});

test('the address holds what was chosen, and opens it again', async (t) => {
  const demo = await Demo.open(t);
  await demo.page.getByRole('button', { name: 'Green' }).click();
  await demo.choose('Width of the preview', 'Phone');
  await until('an address', () => demo.page.url().endsWith('#color=%230b7a5b&width=phone'));
  const other = await Demo.open(t, { hash: new URL(demo.page.url()).hash });
  assert.equal(await other.page.getByLabel('Color', { exact: true }).inputValue(), '#0b7a5b');
  assert.ok((await other.page.locator('iframe').boundingBox()).width <= 390);
  await other.page.getByRole('button', { name: 'Reset' }).click();
  await until('no address', () => !new URL(other.page.url()).hash.includes('color'));
});

test('the settings that come out are taken by the server, and are what the shop showed', async (t) => {
  const hash = '#color=%23aa3300&mode=light&side=left&x=4&y=64&lang=fr&title.fr=Poterie&welcome.fr=Bonjour&ask.name=required&ask.email=optional&ask.topic=optional&consent=J%E2%80%99accepte.&privacy=https%3A%2F%2Fshop.example%2F&hours=126+08%3A30-12%3A00&away=Ferm%C3%A9&reply=Merci&voice=0&rating=1';
  const demo = await Demo.open(t, { hash });
  const command = await demo.text('settings');
  assert.match(command, /^antiphon widget:update --id 1 --settings - <<'JSON'\n\{[^]*\}\nJSON$/);
  await demo.choose('Form', 'JSON');
  const json = await demo.text('settings');
  assert.ok(command.includes(json));
  const { availability, ...shown } = await demo.config();
  assert.equal(availability.open, true);
  const token = await stage.server.createWidget('Elsewhere', 'localhost');
  const { widgets } = await stage.server.command('widget:list');
  const { id } = widgets.find((widget) => widget.token === token);
  const { settings } = await stage.server.command('widget:update', ['--id', String(id), '--settings', '-'], json);
  // What is null and what is left out are the same to the widget.
  const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) => part ?? undefined));
  const { holidays: _, ...hours } = settings.hours;
  assert.deepEqual(plain({ ...settings, hours, csat: settings.csat && {} }), plain(shown));
});

for (const kind of ['HTML', 'Tag Manager']) {
  test(`a page with the snippet chats: ${kind}`, async (t) => {
    const demo = await Demo.open(t, { hash: '#color=%230b7a5b&side=left&lang=de' });
    await demo.choose('Where the site is built', kind);
    await demo.page.getByLabel('Look and language in this page alone').check();
    await demo.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await demo.page.getByRole('button', { name: 'Copy the snippet' }).click();
    await demo.page.getByRole('button', { name: 'Copied' }).waitFor();
    const snippet = await demo.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(snippet, await demo.text('snippet'));
    const scripts = await demo.page.evaluate((html) => {
      const { head } = new DOMParser().parseFromString(html, 'text/html');
      return [...head.querySelectorAll('script')].map(({ src, dataset }) => ({ src, ...dataset }));
    }, snippet);
    const tag = { src: `${stage.server.url}/chatbot-widget.js`, apiToken: await stage.server.demoToken(), locale: 'de' };
    assert.deepEqual(scripts, kind === 'HTML' ? [{ src: '' }, tag] : [{ src: '' }]);

    const site = await HostSite.open({ '/': `<!doctype html><html lang="en"><head><title>A shop</title><link rel="icon" href="data:,"></head><body><h1>A shop</h1>${snippet}</body></html>` });
    t.after(() => site.close());
    const page = await openPage(stage.browser);
    t.after(() => page.context().close());
    await page.goto(site.url);
    const visitor = new Visitor(page);
    await visitor.open();
    await visitor.widget.locator('.frame.left').waitFor({ state: 'attached' });
    assert.equal(await visitor.launcher.evaluate((button) => getComputedStyle(button).backgroundColor), 'rgb(11, 122, 91)');
    assert.match(await visitor.composer.getAttribute('placeholder'), /Nachricht/);
    await visitor.say('Hallo');
    const { conversationId } = await visitor.state();
    await until('it in the store', async () => (await stage.stored(conversationId)).length === 1);
    page.complaints.assertNone();
  });
}

test('the snippets for React and Vue are code', async (t) => {
  const demo = await Demo.open(t, { hash: '#lang=de' });
  await demo.page.getByLabel('Look and language in this page alone').check();
  for (const kind of ['React', 'Vue']) {
    await demo.choose('Where the site is built', kind);
    const code = await demo.text('snippet');
    assert.ok(code.includes(await stage.server.demoToken()));
    await transform(code, { loader: 'jsx' });
  }
});

for (const [view, { options, hash, rtl }] of Object.entries(VIEWS)) {
  test(`how the demo looks, ${view}`, async (t) => {
    const demo = await Demo.open(t, { options, hash });
    if (rtl) await demo.page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await screenshot(demo.page, `demo-closed-${view}`, { fullPage: true });
    await demo.openChat();
    await screenshot(demo.page, `demo-open-${view}`, { fullPage: true });
    // The same page in each view: colors differ, and what a phone shows.
    const judge = { desk: assertAccessible, 'desk-dark': assertContrast }[view] ?? assertLayoutAccessible;
    await judge(demo.frame);
    for (const title of ['Language and words', 'Before the chat', 'Business hours', 'In the chat']) await demo.section(title);
    await demo.page.evaluate(() => scrollTo(0, 0));
    await screenshot(demo.page, `demo-settings-${view}`, { fullPage: true });
    await judge(demo.page);
    const overflow = await demo.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(overflow, 0, 'nothing is wider than the screen');
    demo.page.complaints.assertNone();
  });
}
