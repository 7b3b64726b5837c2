/**
 * What a team does with a conversation in a day: one agent takes it, answers with a canned reply and a picture, asks a colleague
 * in a note, hands it over, and looks up what somebody said long ago; the colleague answers, corrects the answer, puts the conversation off,
 * closes it, and the visitor rates.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible } from '../support/axe.js';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { screens } from '../support/screens.js';
import { withSettings } from '../support/settings.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

const DESK = { viewport: { width: 1440, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] };

/** More messages than a conversation is opened with. */
const SINCE_THEN = 60;
/** How long a conversation is put off for the test. */
const SNOOZE_MS = 3_000;

let stage;
let grace;
/** Written long ago, in a conversation that is closed. */
let old;
before(async () => {
  stage = await Stage.open();
  grace = await stage.server.createAgent('Grace Hopper');
  const api = await ChatCaller.agent(stage.server, stage.account.email);
  const reply = { shortcut: 'delay', title: 'A late parcel', body: 'Hello {{visitor.first_name}}, I am **sorry** that your parcel is late.\n- {{agent.name}}', shared: false };
  await api.post('/api/v1/canned-replies', reply);
  old = await ChatCaller.visitor(stage.server, { visitor_name: 'Olga Old', visitor_email: 'olga@example.com' });
  await old.say(old.conversationId, 'My warranty has the number QX-4711.');
  await Promise.all(Array.from({ length: SINCE_THEN }, (_, number) => api.say(old.conversationId, `Answer ${number}`)));
  await api.post(`/api/v1/conversations/${old.conversationId}/close`, {});
});
after(() => stage?.close());

test('a conversation, from its first message to its rating', async () => {
  const [visitor, ada, colleague] = await Promise.all([askedForARating(), stage.agent(DESK), loggedIn(grace)]);
  await visitor.say('Where is my parcel?');
  const { conversationId } = await visitor.state();

  // Taken, and answered with a canned reply and a picture.
  await ada.openConversation(conversationId);
  await ada.sees('Where is my parcel?');
  await ada.button('Assign to me').click();
  await ada.page.getByRole('button', { name: 'Assigned to you' }).waitFor();
  await ada.composer.pressSequentially('/del');
  await ada.page.getByRole('option', { name: 'A late parcel' }).waitFor();
  await assertAccessible(ada.page);
  await ada.composer.press('Enter');
  assert.match(await ada.composer.inputValue(), /^Hello, I am \*\*sorry\*\* .*\n- Ada Agent$/, 'variables are filled, and leave no gap');
  const [chooser] = await Promise.all([ada.page.waitForEvent('filechooser'), ada.button('Attach files').click()]);
  const png = await visitor.page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 200 } });
  await chooser.setFiles({ name: 'label.png', mimeType: 'image/png', buffer: png });
  await ada.page.getByText('label.png').waitFor();
  await ada.composer.press('Enter');
  await ada.page.locator('button.picture').waitFor();
  await until('the answer in the widget', async () => (await visitor.texts()).some((text) => text.includes('I am sorry that your parcel is late')));
  await visitor.panel.locator('.picture img').waitFor();

  // The picture at its full size, and back to where the keyboard was.
  await ada.page.locator('button.picture').press('Enter');
  const lightbox = ada.page.getByRole('dialog', { name: 'label.png' });
  await lightbox.waitFor();
  await lightbox.press('+');
  await assertAccessible(ada.page);
  await lightbox.press('Escape');
  await until('the focus on the picture again', () => ada.page.evaluate(() => document.activeElement?.className === 'picture'));

  // A quote, which leads back to what it quotes.
  await visitor.say('It says “delivered”.');
  await ada.sees('It says “delivered”.');
  const said = ada.page.getByRole('article').filter({ hasText: 'It says “delivered”.' });
  await said.hover();
  await said.getByRole('button', { name: 'Reply to this message' }).click();
  await ada.say('By whom?');
  await ada.page.locator('.quoted').waitFor();
  await until('the quote is stored', async () => (await stage.stored(conversationId)).at(-1).reply_to?.excerpt === 'It says “delivered”.');

  // A note to a colleague, who has the conversation open, too.
  await colleague.openConversation(conversationId);
  await ada.page.getByText('Grace Hopper is viewing this conversation.').waitFor();
  await ada.button('Note').click();
  const note = ada.page.getByRole('textbox', { name: 'Your note' });
  await note.pressSequentially('@gra');
  await ada.page.getByRole('option', { name: 'Grace Hopper' }).waitFor();
  await note.press('Enter');
  await note.pressSequentially('can you ask the depot?');
  await ada.page.reload();
  await ada.connection('Live');
  await ada.button('Note').click();
  assert.equal(await note.inputValue(), '@Grace Hopper can you ask the depot?', 'a draft survives a reload');
  await note.press('Enter');
  const seen = colleague.page.getByRole('article', { name: 'Note by Ada Agent' });
  await seen.waitFor();
  assert.equal(await seen.locator('.mention--own').textContent(), '@Grace Hopper');
  assert.ok(!(await visitor.texts()).some((text) => text.includes('depot')), 'a note is not for the visitor');
  await screens(ada.page, 'inbox-day', { check: assertAccessible });

  // Handed over; while the colleague writes, everybody else knows.
  await ada.page.getByRole('button', { name: 'Assigned to you' }).click();
  await ada.page.getByRole('option', { name: 'Grace Hopper' }).click();
  await ada.page.getByRole('button', { name: 'Assigned to Grace Hopper' }).waitFor();
  await colleague.page.getByRole('button', { name: 'Assigned to you' }).waitFor();
  await colleague.composer.pressSequentially('The depot says tommorow.');
  await ada.page.getByText('Grace Hopper is answering…').waitFor();
  await colleague.composer.press('Enter');
  await visitor.sees('The depot says tommorow.');

  // The last answer is corrected with the arrow key, and the widget shows the correction.
  await colleague.composer.press('ArrowUp');
  await until('the answer to correct', async () => (await colleague.composer.inputValue()) === 'The depot says tommorow.');
  await colleague.composer.fill('The depot says tomorrow.');
  await colleague.composer.press('Enter');
  await visitor.sees('The depot says tomorrow.');
  await ada.sees('The depot says tomorrow.');
  await ada.page.getByText('Edited', { exact: true }).waitFor();

  // A link to a message, copied and followed.
  const first = ada.page.getByRole('article').filter({ hasText: 'Where is my parcel?' });
  await first.hover();
  await first.getByRole('button', { name: 'Copy link' }).click();
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, `${stage.server.url}/inbox/conversations/${conversationId}#message-1`);
  await ada.page.goto(link);
  await until('the message that was linked to', () => ada.page.evaluate(() => document.activeElement?.id === 'message-1'));

  // What somebody else said long ago, found by its words and opened there, with who it was.
  await ada.page.keyboard.press('/');
  await ada.page.getByRole('searchbox').fill('qx-4711');
  await ada.page.getByRole('link', { name: /My warranty/ }).click();
  await until('the message that was found', () => ada.page.evaluate(() => document.activeElement?.id === 'message-1'));
  await ada.sees('My warranty has the number QX-4711.');
  await ada.page.getByRole('heading', { name: 'Olga Old' }).waitFor();
  await ada.page.getByRole('complementary', { name: 'About the visitor' }).getByText('olga@example.com').waitFor();
  await ada.button('Reopen').waitFor();

  // Put off: it comes back when the visitor writes, and when its time has come.
  const inList = async (expected) => (await colleague.row(conversationId).count()) === expected;
  await colleague.button('Snooze').click();
  await colleague.page.getByRole('menuitem', { name: 'Tomorrow at 9' }).click();
  await colleague.page.locator('.conversation-header').getByText(/^until /).waitFor();
  await until('the list without it', () => inList(0));
  await visitor.say('Thank you, I will wait for it.');
  await until('it in the list again', () => inList(1));
  const snooze = { snoozed_until: new Date(Date.now() + SNOOZE_MS).toISOString() };
  await stage.api.post('/api/v1/conversations/bulk', { ids: [conversationId], action: snooze });
  await until('the list without it', () => inList(0));
  await until('it in the list again', () => inList(1), 2 * SNOOZE_MS);

  // Closed, taken back, closed; and rated.
  await colleague.button('Close').click();
  await visitor.startNew.waitFor();
  await colleague.button('Undo').last().click();
  await visitor.composer.waitFor();
  await colleague.button('Close').click();
  await visitor.panel.locator('.face-choice').nth(4).click();
  await visitor.panel.locator('.rating .primary').click();
  await until('the rating', async () => (await stage.api.get(`/api/chatbot/conversation/${conversationId}`)).data.rating?.score === 5);
  await leave({ visitor, agent: ada });
  await leave({ agent: colleague });
});

test('a conversation fits a desk at 200 %, and forced colours', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('Is it _really_ so?');
  await agent.say('Yes: see\n- **one**\n- `two`');
  await leave({ visitor, agent });
  for (const options of [{ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, { ...DESK, forcedColors: 'active' }]) {
    const reader = await stage.agent(options);
    await reader.openConversation(conversationId);
    await until('the messages', async () => (await reader.texts()).length === 2);
    assert.ok(await reader.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the page');
    await assertAccessible(reader.page);
    await leave({ agent: reader });
  }
});

async function askedForARating() {
  const page = await openPage(stage.browser);
  await withSettings(page, { csat: { question: 'How did we do?' } });
  return Visitor.onTestPage(page, stage.server);
}

function loggedIn(account) {
  return openPage(stage.browser, DESK).then((page) => Agent.loggedIn(page, stage.server, account));
}
