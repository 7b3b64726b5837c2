/** A large file arrives whole and once, whatever breaks on the way, and what arrived before is not sent again. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

/** Sent in four requests. */
const FILE = Buffer.from(randomBytes(2_400_000).toString('base64'));
const BREAKS_AT = FILE.length * 0.7;
const COMES_BACK_MS = 20_000;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** A visitor whose every byte goes through a proxy. */
async function visitorBehindProxy(t) {
  const stage = await Stage.open({ browser });
  const proxy = new TcpProxy(stage.server.httpPort);
  await proxy.open();
  const page = await openPage(browser);
  t.after(async () => {
    await page.context().close();
    await Promise.all([stage.close(), proxy.close()]);
  });
  await page.goto(`http://localhost:${proxy.port}/chatbot-test.html`);
  const visitor = new Visitor(page);
  await visitor.open();
  const { conversationId } = await visitor.state();
  return { stage, proxy, page, visitor, conversationId };
}

async function attach(visitor, ...files) {
  await visitor.panel.locator('input[type=file]').setInputFiles(files.map(([name, buffer]) => ({ name, mimeType: 'text/plain', buffer })));
  await visitor.composer.press('Enter');
}

async function assertArrivedOnce({ stage, proxy, visitor, conversationId }, contents, sentBefore) {
  const stored = await until('the message', async () => {
    const messages = await stage.stored(conversationId);
    return messages.length > 0 && messages;
  }, COMES_BACK_MS);
  await until('the sign that it was sent', async () => (await visitor.panel.locator('.tick.sent').count()) === 1, COMES_BACK_MS);
  assert.equal(stored.length, 1);
  assert.equal((await stage.stored(conversationId)).length, 1);
  assert.equal(await visitor.panel.locator('.row.own').count(), 1);
  assert.equal(stored[0].attachments.length, contents.length);
  for (const [index, content] of contents.entries()) {
    const answer = await fetch(new URL(stored[0].attachments[index].url, stage.server.url));
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(content), `the bytes of file ${index + 1}`);
  }
  const size = contents.reduce((sum, { length }) => sum + length, 0);
  const share = (proxy.received - sentBefore) / size;
  assert.ok(share < 1.5, `${share.toFixed(2)} times the size was sent`);
}

test('the line breaks in the middle of the second of two files', async (t) => {
  const scene = await visitorBehindProxy(t);
  const { proxy, visitor, page } = scene;
  await page.evaluate(() => {
    window.percents = [];
    const log = document.getElementById('chatbot-widget').shadowRoot.querySelector('.log');
    const note = () => {
      const percent = /(\d+)\s?%/.exec(log.querySelector('.own .meta')?.textContent ?? '')?.[1];
      if (percent) window.percents.push(Number(percent));
    };
    new MutationObserver(note).observe(log, { childList: true, subtree: true, characterData: true });
  });
  const sentBefore = proxy.received;
  const first = FILE.subarray(0, 600_000);
  const cut = proxy.afterReceiving(first.length + BREAKS_AT, () => proxy.cut());
  await attach(visitor, ['small.txt', first], ['large.txt', FILE]);
  await cut;
  await page.evaluate(() => (window.percents = []));
  await assertArrivedOnce(scene, [first, FILE], sentBefore);
  const percents = await page.evaluate(() => window.percents.filter((percent) => percent > 0));
  assert.ok(Math.min(...percents) >= 40, `it went on at ${Math.min(...percents)} %`);
});

test('the server is killed in the middle of a file', async (t) => {
  const scene = await visitorBehindProxy(t);
  const { stage, proxy, visitor } = scene;
  const sentBefore = proxy.received;
  const silent = proxy.afterReceiving(BREAKS_AT, () => proxy.fallSilent());
  await attach(visitor, ['large.txt', FILE]);
  await silent;
  await stage.server.kill();
  proxy.cut();
  await visitor.panel.getByText('Waiting for the connection…').waitFor();
  await stage.server.start();
  await proxy.open();
  await assertArrivedOnce(scene, [FILE], sentBefore);
});

test('the tab is reloaded in the middle of a file', async (t) => {
  const scene = await visitorBehindProxy(t);
  const { proxy, page, visitor } = scene;
  const sentBefore = proxy.received;
  const silent = proxy.afterReceiving(BREAKS_AT, () => proxy.fallSilent());
  await attach(visitor, ['large.txt', FILE]);
  await silent;
  await page.goto('about:blank');
  proxy.cut();
  await proxy.open();
  await page.goto(`http://localhost:${proxy.port}/chatbot-test.html`);
  await visitor.open();
  await assertArrivedOnce(scene, [FILE], sentBefore);
});

test('the answer to the message is lost when all of its file is there', async (t) => {
  const scene = await visitorBehindProxy(t);
  const { proxy, page, visitor } = scene;
  const sentBefore = proxy.received;
  let lost = 0;
  await page.route('**/api/chatbot/file', async (route) => {
    await route.fetch();
    if (lost++ === 0) await route.abort();
    else await route.continue();
  });
  await attach(visitor, ['large.txt', FILE]);
  await assertArrivedOnce(scene, [FILE], sentBefore);
});
