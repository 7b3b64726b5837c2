/** Files and voice messages from a visitor, through everything a line does to them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, screenshot } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { startServer } from '../support/server.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

async function visitorWhoSends(t) {
  const page = await openPage(stage.browser, { permissions: ['microphone', 'notifications'] });
  t.after(() => page.context().close());
  const visitor = await Visitor.onTestPage(page, stage.server);
  const { conversationId } = await visitor.state();
  const stored = (count) => until(`${count} messages in the store`, async () => {
    const messages = await stage.stored(conversationId);
    return messages.length >= count && messages;
  }, 10_000);
  return { page, visitor, stored };
}

/** Whether the server under test takes files at all. */
async function takesFiles() {
  const headers = { Authorization: `Bearer ${await stage.server.demoToken()}` };
  const { widget } = await (await fetch(`${stage.server.url}/api/chatbot/config`, { headers })).json();
  return Boolean(widget.limits.file_max_bytes);
}

test('files and a text are one message, also when the line breaks in the middle of it', async (t) => {
  if (!(await takesFiles())) return t.skip('the server takes no files');
  const { page, visitor, stored } = await visitorWhoSends(t);
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 100 } });
  await visitor.panel.locator('input[type=file]').setInputFiles([
    { name: 'what I see.png', mimeType: 'image/png', buffer: png },
    { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear all') },
    { name: 'not wanted.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
  ]);
  await visitor.panel.getByRole('button', { name: 'Remove not wanted.txt' }).click();
  let broken = 0;
  await page.route('**/api/chatbot/file', (route) => (broken++ < 1 ? route.abort() : route.continue()));
  await visitor.say('Two files');
  await visitor.say('And a text behind them');
  const messages = await stored(2);
  assert.equal(broken, 2, 'it was tried again');
  assert.deepEqual(messages.map(({ message, attachments }) => [message, attachments.map(({ name }) => name)]), [
    ['Two files', ['what I see.png', 'letter.txt']],
    ['And a text behind them', []],
  ]);
  const picture = visitor.panel.locator('button.picture');
  await picture.click();
  await visitor.widget.locator('.lightbox img').waitFor();
  await page.keyboard.press('Escape');
  await visitor.widget.locator('.lightbox').waitFor({ state: 'detached' });
  assert.equal(await visitor.panel.isVisible(), true, 'only the picture is closed');
});

test('a file that the server refuses says why and holds nothing up', async (t) => {
  if (!(await takesFiles())) return t.skip('the server takes no files');
  const { visitor, stored } = await visitorWhoSends(t);
  await visitor.panel.locator('input[type=file]').setInputFiles({ name: 'no picture.png', mimeType: 'image/png', buffer: Buffer.from('text') });
  await visitor.composer.press('Enter');
  await visitor.panel.getByText('Not sent:').waitFor();
  await visitor.say('Then in words');
  assert.deepEqual((await stored(1)).map(({ message }) => message), ['Then in words']);
});

test('what is dropped on the chat is attached', async (t) => {
  if (!(await takesFiles())) return t.skip('the server takes no files');
  const { visitor, stored } = await visitorWhoSends(t);
  await visitor.panel.evaluate((panel) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }));
    for (const type of ['dragover', 'drop']) panel.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  });
  await visitor.panel.getByText('dropped.txt').waitFor();
  await visitor.composer.press('Enter');
  assert.equal((await stored(1))[0].attachments[0].name, 'dropped.txt');
});

test('a picture from the clipboard is attached, and a text from there is a text', async (t) => {
  if (!(await takesFiles())) return t.skip('the server takes no files');
  const { page, visitor, stored } = await visitorWhoSends(t);
  const png = (await page.screenshot({ clip: { x: 0, y: 0, width: 60, height: 40 } })).toString('base64');
  await visitor.composer.evaluate((field, data) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], 'image.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, png);
  await visitor.panel.locator('.tray li').getByText('image.png').waitFor();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('What I see'));
  await visitor.composer.press('Control+V');
  await visitor.composer.press('Enter');
  const [message] = await stored(1);
  assert.deepEqual([message.message, message.attachments.map(({ name }) => name)], ['What I see', ['image.png']]);
});

test('a voice message is recorded, paused, listened to, sent and played', async (t) => {
  if (!(await takesFiles())) return t.skip('the server takes no files');
  const { page, visitor, stored } = await visitorWhoSends(t);
  const button = (name) => visitor.panel.getByRole('button', { name, exact: true });
  await button('Record a voice message').click();
  await visitor.panel.locator('.rec-time').getByText('0:02').waitFor();
  await button('Pause').click();
  await button('Continue').click();
  await button('Finish recording').click();
  await button('Play').waitFor();
  await screenshot(page, 'widget-voice-listen');
  await button('Send message').click();
  const [message] = await stored(1);
  assert.equal(message.is_voice, true);
  assert.ok(message.attachments[0].duration_ms >= 1_900, `${message.attachments[0].duration_ms} ms`);
  await until('the sign that it was sent', async () => (await visitor.panel.locator('.tick.sent').count()) === 1);
  await button('Play').click();
  await until('it is heard', () => visitor.panel.locator('audio').evaluate((audio) => audio.currentTime > 0));
  await visitor.panel.getByRole('slider', { name: 'Position' }).press('End');
  await button('Speed 1×').click();
  await button('Speed 1.5×').waitFor();
  page.complaints.assertNone();
});

test('a recording is not taken from somebody who listens to it when more is known of it', async (t) => {
  // Nothing looks into files here before the test says so.
  const server = await startServer({ env: { ANTIPHON_QUEUE_WORKERS: '0' } });
  t.after(() => server.close());
  const page = await openPage(stage.browser, { permissions: ['microphone'] });
  t.after(() => page.context().close());
  const visitor = await Visitor.onTestPage(page, server);
  const button = (name) => visitor.panel.getByRole('button', { name, exact: true });
  await button('Record a voice message').click();
  await visitor.panel.locator('.rec-time').getByText('0:01').waitFor();
  await button('Finish recording').click();
  await button('Send message').click();
  await until('the sign that it was sent', async () => (await visitor.panel.locator('.tick.sent').count()) === 1);
  await button('Speed 1×').click();
  await button('Speed 1.5×').waitFor();
  const { conversationId } = await visitor.state();
  await page.evaluate((id) => {
    window.updated = new Promise((resolve) => window.Echo.private(`chat.conversation.${id}`).listen('.MessageUpdated', resolve));
  }, conversationId);
  await server.work();
  await page.evaluate(() => window.updated);
  assert.equal(await button('Speed 1.5×').isVisible(), true);
});

test('a recording that is cancelled is not sent', async (t) => {
  if (!(await takesFiles())) return t.skip('the server takes no files');
  const { visitor, stored } = await visitorWhoSends(t);
  await visitor.panel.getByRole('button', { name: 'Record a voice message' }).click();
  await visitor.panel.locator('.rec-time').getByText('0:01').waitFor();
  await visitor.panel.getByRole('button', { name: 'Cancel' }).click();
  await visitor.say('In words instead');
  assert.deepEqual((await stored(1)).map(({ is_voice }) => is_voice), [false]);
});
