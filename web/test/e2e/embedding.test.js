/** What site owners complain of in other widgets: things in the page that stop working, chats that get mixed up, fields that zoom. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { withSettings } from '../support/settings.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
let site;
before(async () => {
  stage = await Stage.open();
  const [shop, help] = [await stage.server.createWidget('Shop', '127.0.0.1'), await stage.server.createWidget('Help', '127.0.0.1')];
  const head = '<meta name="viewport" content="width=device-width">';
  // Fixed where the window is when it is open.
  const body = `<button id="below" style="position:fixed;right:40px;bottom:120px;width:300px;height:400px" onclick="clicks++">Buy</button>
    <dialog id="banner" style="z-index:50">Cookies?</dialog><script>window.clicks = 0</script>`;
  site = await HostSite.open({
    '/': pageWithWidget(stage.server, shop, { head, body }),
    '/help': pageWithWidget(stage.server, help, { head }),
  });
});
after(async () => {
  await stage?.close();
  await site?.close();
});

async function visitorAt(t, path, options) {
  const page = await openPage(stage.browser, options);
  t.after(() => page.context().close());
  await page.goto(site.url + path);
  const visitor = new Visitor(page);
  await visitor.launcher.waitFor();
  return { page, visitor };
}

test('while the chat is closed nothing invisible is in front of the page, and its z-index can be set', async (t) => {
  const { page, visitor } = await visitorAt(t, '/');
  const clicks = async () => {
    await page.mouse.click(1_090, 500);
    return page.evaluate(() => window.clicks);
  };
  assert.equal(await clicks(), 1, 'before it was opened');
  await visitor.open();
  assert.equal(await clicks(), 1, 'the window is in front');
  await visitor.close();
  assert.equal(await clicks(), 2, 'after it was closed');
  await page.evaluate(() => window.Chatbot('theme', { z_index: 7 }));
  assert.equal(await visitor.widget.evaluate((host) => getComputedStyle(host).zIndex), '7');
});

test('two widgets of one server on one site have a visitor and a chat of their own', async (t) => {
  const { page, visitor } = await visitorAt(t, '/');
  await visitor.open();
  await visitor.say('To the shop');
  const { conversationId: first } = await visitor.state();
  await until('it in the store', async () => (await stage.stored(first)).length === 1);
  await page.goto(`${site.url}/help`);
  await visitor.open();
  await visitor.say('To the help desk');
  const { conversationId: second } = await visitor.state();
  assert.notEqual(second, first);
  await until('it in the store', async () => (await stage.stored(second)).length === 1);
  await page.goto(`${site.url}/`);
  await visitor.open();
  await visitor.sees('To the shop');
  assert.equal((await visitor.state()).conversationId, first);
  assert.deepEqual(await visitor.texts(), ['To the shop']);
});

test('no field is so small that a phone zooms in on it, and what was sent stays above the keyboard', async (t) => {
  const page = await openPage(stage.browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  t.after(() => page.context().close());
  const fields = [{ name: 'name' }, { name: 'topic', type: 'select', options: ['a'] }, { name: 'note', type: 'textarea' }];
  await withSettings(page, { pre_chat: { fields }, csat: {} });
  await page.goto(site.url);
  const visitor = new Visitor(page);
  await visitor.launcher.click();
  await visitor.panel.locator('.form').waitFor();
  const sizes = () => visitor.panel.locator('input:not([type=checkbox], [type=radio], [type=range], [type=file]), select, textarea').evaluateAll((all) => all.map((field) => parseFloat(getComputedStyle(field).fontSize)));
  assert.ok((await sizes()).length >= 4);
  assert.ok((await sizes()).every((size) => size >= 16), (await sizes()).join());
  await visitor.panel.getByRole('button', { name: 'Start the chat' }).click();
  await visitor.live();

  await page.evaluate(() => {
    Object.defineProperty(window.visualViewport, 'height', { value: 420, configurable: true });
    window.visualViewport.dispatchEvent(new Event('resize'));
  });
  for (let number = 1; number <= 8; number += 1) await visitor.say(`Message ${number}`);
  const { conversationId } = await visitor.state();
  await until('all of them in the store', async () => (await stage.stored(conversationId)).length === 8);
  await stage.api.say(conversationId, 'An answer');
  await visitor.sees('An answer');
  const last = visitor.panel.locator('.row').last();
  await until('the answer between header and field', async () => {
    const [row, composer] = [await last.boundingBox(), await visitor.composer.boundingBox()];
    return row.y > 60 && row.y + row.height <= composer.y && composer.y + composer.height <= 420;
  });
  await stage.api.post(`/api/v1/conversations/${conversationId}/close`, {});
  await visitor.panel.locator('.face-choice').nth(1).click();
  assert.ok((await sizes()).every((size) => size >= 16), (await sizes()).join());
});

test('when a part of the chat cannot be loaded, it comes in one piece', async (t) => {
  const { page, visitor } = await visitorAt(t, '/');
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.route(/\/assets\/session-\w+\.js/, (route) => route.abort());
  await visitor.open();
  assert.equal(asked.filter((path) => /^\/assets\/whole-\w+\.js$/.test(path)).length, 1);
  await visitor.say('Here at last');
  const { conversationId } = await visitor.state();
  await until('it in the store', async () => (await stage.stored(conversationId)).length === 1);
});
