/** How a visitor hears of a reply that they do not see: a sound that can be muted, and a notification when the tab is hidden. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
before(async () => {
  stage = await Stage.open({ notifications: true });
});
after(() => stage?.close());

/** A visitor with a chat, in a page that notes each sound and each notification. */
async function listeningVisitor(t) {
  const page = await openPage(stage.browser, { permissions: ['notifications'] });
  t.after(() => page.context().close());
  await page.addInitScript(() => {
    window.tones = 0;
    window.notes = [];
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...time) {
      window.tones += 1;
      return start.apply(this, time);
    };
    window.Notification = class extends Notification {
      constructor(title, options) {
        super(title, options);
        window.notes.push({ title, body: options.body, note: this });
      }
    };
    let hidden = false;
    Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
    window.setHidden = (now) => {
      hidden = now;
      document.dispatchEvent(new Event('visibilitychange'));
    };
  });
  const visitor = await Visitor.onTestPage(page, stage.server);
  await visitor.say('Hello');
  const { conversationId } = await visitor.state();
  await until('the message in the store', async () => (await stage.stored(conversationId)).length === 1);
  const heard = () => page.evaluate(() => [window.tones, window.notes.map(({ title, body }) => [title, body])]);
  const toggle = async (name) => {
    await visitor.panel.getByRole('button', { name: 'More options' }).click();
    await visitor.panel.getByRole('menuitemcheckbox', { name }).click();
    await page.keyboard.press('Escape');
  };
  const reply = async (text) => {
    await stage.api.say(conversationId, text);
    await visitor.sees(text);
  };
  return { page, visitor, conversationId, heard, toggle, reply };
}

test('a reply makes a sound where it is not seen, and none when sounds are off, also after a reload', async (t) => {
  const { page, visitor, conversationId, heard, toggle, reply } = await listeningVisitor(t);
  await reply('In view');
  assert.deepEqual(await heard(), [0, []], 'who looks at it needs no sound');

  await visitor.close();
  await stage.api.say(conversationId, 'Out of view');
  await until('a sound', async () => (await heard())[0] === 2);
  await visitor.open();

  await toggle('Sound');
  await visitor.close();
  await stage.api.say(conversationId, 'Quietly');
  await visitor.widget.locator('.preview').getByText('Quietly').waitFor();
  assert.equal((await heard())[0], 2);

  await page.reload();
  await visitor.open();
  await visitor.close();
  await stage.api.say(conversationId, 'Still quiet');
  await visitor.widget.locator('.preview').getByText('Still quiet').waitFor();
  assert.equal((await heard())[0], 0);
  await visitor.open();
  await toggle('Sound');
  await visitor.close();
  await stage.api.say(conversationId, 'Aloud again');
  await until('a sound again', async () => (await heard())[0] === 2);
  page.complaints.assertNone();
});

test('in a hidden tab a reply is a notification, if the visitor wants them, and a click on it shows the chat', async (t) => {
  const { page, visitor, conversationId, heard, toggle, reply } = await listeningVisitor(t);
  await page.evaluate(() => window.setHidden(true));
  await reply('Nobody asked for notifications');
  assert.deepEqual((await heard())[1], []);
  await page.evaluate(() => window.setHidden(false));

  await toggle('Notifications');
  await reply('In view');
  assert.deepEqual((await heard())[1], [], 'who looks at it needs none');
  await visitor.close();
  await page.evaluate(() => window.setHidden(true));
  await stage.api.say(conversationId, 'Your order is **on its way**');
  await until('a notification', async () => (await heard())[1].length === 1);
  assert.deepEqual((await heard())[1], [[stage.account.name, 'Your order is on its way']]);
  assert.match(await page.title(), /^\(1\) /);
  await page.evaluate(() => {
    window.setHidden(false);
    window.notes[0].note.onclick();
  });
  await visitor.panel.waitFor();
  await until('the title as it was', async () => !/^\(/.test(await page.title()));
  page.complaints.assertNone();
});
