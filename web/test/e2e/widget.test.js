/** What a site owner and a visitor count on, in a real browser: manners, commands, tabs, keys, policies, the outbox. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';
import { withSettings } from '../support/settings.js';

const QUEUE = '<script>window.Chatbot = window.Chatbot || function () { (Chatbot.q = Chatbot.q || []).push(arguments) };';

let stage;
let token;
before(async () => {
  stage = await Stage.open();
  token = await stage.server.createWidget('The shop', '127.0.0.1');
});
after(() => stage?.close());

async function siteWith(t, options) {
  const site = await HostSite.open({ '/': pageWithWidget(stage.server, token, options) });
  t.after(() => site.close());
  return site;
}

test('before the chat is opened there is no socket, nothing is stored and nothing is asked but the configuration', async (t) => {
  const site = await siteWith(t);
  const page = await openPage(stage.browser);
  const asked = [];
  const sockets = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.launcher.waitFor();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(asked.filter((path) => path !== '/'), ['/chatbot-widget.js', '/api/chatbot/config']);
  assert.deepEqual(sockets, []);
  const stored = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]);
  assert.deepEqual(stored, [0, 0, '', 0]);
  await visitor.open();
  assert.equal(sockets.length, 1);
  page.complaints.assertNone();
  await page.context().close();
});

test('commands that came before the script are carried out, in their order', async (t) => {
  const head = `${QUEUE} Chatbot('attributes', { plan: 'pro' }); Chatbot('identify', { name: 'Quinn' }); window.heard = [];
    for (const name of ['ready', 'open', 'sent']) Chatbot('on', name, () => heard.push(name)); Chatbot('send', 'Sent from a button')</script>`;
  const site = await siteWith(t, { head });
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.sees('Sent from a button');
  await until('sent', async () => (await page.evaluate(() => window.heard)).includes('sent'));
  assert.deepEqual(await page.evaluate(() => window.heard), ['ready', 'open', 'sent']);
  const { conversationId } = await visitor.state();
  assert.equal((await stage.stored(conversationId))[0].sender_name, 'Quinn');

  await page.evaluate(() => window.Chatbot('locale', 'de'));
  await visitor.panel.getByRole('textbox', { name: 'Ihre Nachricht' }).waitFor();
  await page.evaluate(() => window.Chatbot.prefill('noch nicht gesendet'));
  assert.equal(await visitor.panel.locator('.composer textarea').inputValue(), 'noch nicht gesendet');
  await page.evaluate(() => (window.Chatbot.hide(), window.Chatbot('show'), window.Chatbot('no such thing')));
  await page.evaluate(() => window.Chatbot.reset());
  assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0);
  await page.evaluate(() => window.Chatbot.open());
  await until('another conversation', async () => ![null, conversationId].includes((await visitor.state()).conversationId));
  assert.deepEqual(await visitor.texts(), []);
  await page.context().close();
});

test('a page with the documented policy and Trusted Types has nothing to report', async (t) => {
  const origin = stage.server.url;
  const policy = `default-src 'none'; script-src ${origin}; connect-src ${origin} ${origin.replace('http', 'ws')}; img-src ${origin} blob:; media-src ${origin} blob:; require-trusted-types-for 'script'; trusted-types 'none'`;
  const html = pageWithWidget(stage.server, token).replace('<link rel="icon" href="data:,">', '');
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 204, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy });
    response.end(request.url === '/' ? html : undefined);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close(() => {}) && server.closeAllConnections());
  const page = await openPage(stage.browser);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('Strict enough?');
  const { conversationId } = await visitor.state();
  await until('stored', async () => (await stage.stored(conversationId)).length === 1);
  await visitor.panel.getByRole('button', { name: 'Insert an emoji' }).click();
  await visitor.panel.locator('.emoji button').first().click();
  await visitor.close();
  await stage.api.say(conversationId, '**Yes**, see https://example.com/a');
  await visitor.widget.locator('.preview').waitFor();
  assert.match(await page.title(), /^\(1\) /);
  assert.match(await page.evaluate(() => document.querySelector('link[rel=icon]').href), /unread-\w+\.svg$/);
  await visitor.open();
  await until('the title as it was', async () => !/^\(/.test(await page.title()));
  page.complaints.assertNone();
  await page.context().close();
});

test('two tabs have one socket, show the same, and the second goes on when the first is closed', async (t) => {
  const site = await siteWith(t);
  const first = new Visitor(await openPage(stage.browser));
  const second = new Visitor(await first.page.context().newPage());
  const sockets = [];
  for (const { page } of [first, second]) page.on('websocket', () => sockets.push(page));
  await first.page.goto(site.url);
  await first.open();
  await first.say('From the first');
  const { conversationId } = await first.state();
  await second.page.goto(site.url);
  await second.open();
  await second.sees('From the first');
  await second.say('From the second');
  // At once, while it is still on its way.
  await first.sees('From the second');
  await until('both in the store', async () => (await stage.stored(conversationId)).length === 2);
  await stage.api.say(conversationId, 'To both');
  await Promise.all([first.sees('To both'), second.sees('To both')]);
  assert.equal(sockets.length, 1);
  await first.page.close();
  await until('a socket of the second', () => sockets.length === 2);
  await second.live();
  await stage.api.say(conversationId, 'To the one that is left');
  await second.sees('To the one that is left');
  assert.deepEqual(await second.texts(), ['From the first', 'From the second', 'To both', 'To the one that is left']);

  const third = new Visitor(await second.page.context().newPage());
  await third.page.goto(site.url);
  await third.open();
  await third.sees('To both');
  await third.page.evaluate(() => window.Chatbot.reset());
  await until('the other tab to forget the visitor, too', async () => !(await second.panel.isVisible()));
  assert.equal(await second.page.evaluate(() => Object.keys(localStorage).length), 0);
  await second.page.context().close();
});

test('what was written without a network is sent once after a reload, in order', async (t) => {
  const site = await siteWith(t);
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('one');
  const { conversationId } = await visitor.state();
  await until('stored', async () => (await stage.stored(conversationId)).length === 1);
  await page.route('**/api/chatbot/message', (route) => route.abort());
  await visitor.say('two');
  await visitor.say('three');
  await visitor.panel.getByText('Waiting for the connection…').first().waitFor();
  await page.unroute('**/api/chatbot/message');
  await page.reload();
  await visitor.open();
  await until('all of it', async () => (await stage.stored(conversationId)).length === 3);
  assert.deepEqual((await stage.stored(conversationId)).map(({ message }) => message), ['one', 'two', 'three']);
  await until('nothing on its way', async () => (await visitor.sentTexts()).length === 3);
  assert.deepEqual(await visitor.texts(), ['one', 'two', 'three']);
  await page.context().close();
});

test('the form before a chat is checked, and what was filled in begins it', async (t) => {
  const site = await siteWith(t);
  const page = await openPage(stage.browser);
  const fields = [{ name: 'name', required: true }, { name: 'email', type: 'email', required: true }];
  await withSettings(page, { pre_chat: { fields, consent: { text: 'I agree.' } }, csat: {} });
  const bodies = [];
  page.on('request', (request) => request.url().endsWith('/api/chatbot/init') && bodies.push(request.postDataJSON()));
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.launcher.click();
  const start = visitor.panel.getByRole('button', { name: 'Start the chat' });
  await start.click();
  assert.equal(await visitor.panel.getByText('Please fill in this field.').count(), 2);
  assert.equal(await page.evaluate(() => document.getElementById('chatbot-widget').shadowRoot.activeElement.name), 'name');
  await visitor.panel.getByLabel('Name').fill('Petra');
  await visitor.panel.getByLabel('E-mail').fill('petra@example.com');
  await visitor.panel.getByLabel('I agree.').check();
  assert.deepEqual(bodies, [], 'nothing is asked before');
  await start.click();
  await visitor.composer.waitFor();
  await visitor.live();
  assert.deepEqual([bodies[0].visitor_name, bodies[0].consent, bodies[0].pre_chat.email], ['Petra', true, 'petra@example.com']);

  await visitor.say('Hello');
  const { conversationId } = await visitor.state();
  await until('stored', async () => (await stage.stored(conversationId)).length === 1);
  await stage.api.say(conversationId, 'Hello Petra');
  await visitor.sees('Hello Petra');
  await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
  const ratings = [];
  await page.route('**/api/chatbot/rating', (route) => {
    ratings.push(route.request().postDataJSON());
    return route.fulfill({ json: { success: true }, headers: { 'Access-Control-Allow-Origin': '*' } });
  });
  await visitor.panel.getByRole('radio', { name: 'Very good' }).check();
  await visitor.panel.getByRole('button', { name: 'Send rating' }).click();
  await visitor.panel.getByText('Thank you for your rating.').waitFor();
  assert.deepEqual(ratings, [{ conversation_id: conversationId, score: 5 }]);
  await page.context().close();
});

test('the keyboard goes through the log by message, and news never moves the focus', async (t) => {
  const site = await siteWith(t);
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('A question');
  const { conversationId } = await visitor.state();
  await until('stored', async () => (await stage.stored(conversationId)).length === 1);
  await page.evaluate(() => {
    window.spoken = [];
    const region = document.getElementById('chatbot-widget').shadowRoot.querySelector('[aria-live="polite"]');
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => window.spoken.push(node.textContent)))).observe(region, { childList: true });
  });
  const focused = () => page.evaluate(() => document.getElementById('chatbot-widget').shadowRoot.activeElement?.outerHTML.slice(0, 60));
  const before = await focused();
  await stage.api.say(conversationId, 'An **answer** with [a link](https://example.com/)');
  await visitor.sees('An answer with a link');
  assert.equal(await focused(), before);
  await until('it read out once', async () => (await page.evaluate(() => window.spoken)).length === 1);
  assert.match(await page.evaluate(() => window.spoken[0]), /: An answer with a link$/);

  // Between the text field and the log is the button for files, where the server takes them.
  if (await visitor.panel.getByRole('button', { name: 'Attach files' }).count()) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  const active = () => page.evaluate(() => {
    const root = document.getElementById('chatbot-widget').shadowRoot;
    const id = root.activeElement?.getAttribute('aria-activedescendant');
    return id ? root.getElementById(id).getAttribute('aria-label') : null;
  });
  await page.keyboard.press('ArrowUp');
  assert.match(await active(), /An answer with a link/);
  await page.keyboard.press('ArrowUp');
  assert.match(await active(), /^You, A question/);
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.getElementById('chatbot-widget').shadowRoot.activeElement.tagName), 'A');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), before);
  await page.keyboard.press('Escape');
  assert.equal(await visitor.panel.isVisible(), false);
  assert.match(await focused(), /launcher/);
  await page.context().close();
});

test('light or dark is what the page is, not what the system is', async (t) => {
  const site = await siteWith(t, { body: '<style>.night { background: #111 }</style><h1>A shop</h1>' });
  const page = await openPage(stage.browser, { colorScheme: 'dark' });
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  const isDark = () => visitor.widget.locator('.frame').evaluate((frame) => frame.classList.contains('dark'));
  assert.equal(await isDark(), false);
  await page.evaluate(() => (document.body.className = 'night'));
  await until('a dark window', isDark);
  await page.evaluate(() => window.Chatbot('theme', { mode: 'light', color: '#ffdd00' }));
  assert.equal(await isDark(), false);
  await page.context().close();
});

test('in a frame of another site, where storage is blocked, the chat works for as long as the page lives', async (t) => {
  const site = await siteWith(t, {
    // What browsers do that block storage of third parties: naming it throws.
    head: `<script>for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError') } })</script>`,
  });
  const outer = await HostSite.open({ '/': `<!doctype html><link rel="icon" href="data:,"><iframe src="${site.url}/" width="500" height="700"></iframe>` });
  t.after(() => outer.close());
  const page = await openPage(stage.browser);
  await page.goto(outer.url.replace('127.0.0.1', 'localhost'));
  const frame = page.frameLocator('iframe');
  await frame.locator('#chatbot-widget .launcher').click();
  const field = frame.locator('#chatbot-widget .composer textarea');
  await field.fill('From within a frame');
  await field.press('Enter');
  await frame.locator('#chatbot-widget .tick.sent').waitFor();
  await field.fill('And another');
  await field.press('Enter');
  await until('both are sent', async () => (await frame.locator('#chatbot-widget .tick.sent').count()) === 2);
  page.complaints.assertNone();
  await page.context().close();
});

test('a page that changes its route and replaces its body keeps the open chat', async (t) => {
  const site = await siteWith(t);
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('Before the route changed');
  await page.evaluate(() => {
    history.pushState({}, '', '/cart');
    const body = document.createElement('body');
    body.innerHTML = '<h1>The cart</h1>';
    document.body.replaceWith(body);
    // Frameworks run the scripts of a page again.
    const script = document.createElement('script');
    script.src = performance.getEntriesByType('resource').find(({ name }) => name.includes('chatbot-widget.js')).name;
    document.body.append(script);
    return new Promise((resolve) => (script.onload = resolve));
  });
  assert.equal(await page.locator('#chatbot-widget').count(), 1);
  await visitor.say('And after');
  await until('both are sent', async () => (await visitor.sentTexts()).length === 2);
  page.complaints.assertNone();
  await page.context().close();
});

test('on a phone the window is as high as the keyboard leaves room, and nothing keeps the visitor from zooming', async (t) => {
  const site = await siteWith(t, { head: '<meta name="viewport" content="width=device-width">' });
  const page = await openPage(stage.browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.open();
  await visitor.say('Is the field in sight?');
  // What an on-screen keyboard does to the visual viewport.
  await page.evaluate(() => {
    Object.defineProperty(window.visualViewport, 'height', { value: 500, configurable: true });
    window.visualViewport.dispatchEvent(new Event('resize'));
  });
  // It may still be growing to its size, as it does when it is opened.
  await until('the window is as high as there is room', async () => (await visitor.panel.boundingBox()).height === 500);
  const field = await visitor.composer.boundingBox();
  assert.ok(field.y + field.height <= 500, `the field ends at ${field.y + field.height}`);
  assert.equal(await visitor.composer.evaluate((node) => getComputedStyle(node).fontSize), '16px');
  assert.equal(await page.evaluate(() => document.querySelectorAll('meta[name=viewport]').length), 1);
  await page.context().close();
});
