/** What happens to a conversation besides messages: unread counts, assignment, its end and what follows. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { openPage } from '../support/browser.js';
import { leave, Stage } from '../support/cast.js';
import { until } from '../support/wait.js';

/** Long enough for the test to see the buttons. */
const EDIT_SECONDS = 5;

let stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

test('a closed chat counts what the visitor has not read, on the launcher and in its name', async () => {
  const { visitor, agent } = await stage.conversation();
  const badge = visitor.widget.locator('.badge');
  await visitor.close();
  assert.equal(await badge.textContent(), '');

  await agent.say('one');
  await agent.say('two');
  await until('2 on the launcher', async () => (await badge.textContent()) === '2');
  assert.equal(await visitor.launcher.getAttribute('aria-label'), 'Open chat. Unread messages: 2');

  await visitor.page.reload();
  await until('2 on the launcher after a reload', async () => (await badge.textContent()) === '2');

  await visitor.open();
  await visitor.sees('two');
  await until('nothing on the launcher', async () => (await badge.textContent()) === '');
  await agent.page.getByText('Read', { exact: true }).waitFor();
  await leave({ visitor, agent });
});

test('the list counts what no agent has read, until one does', async () => {
  const [visitor, agent] = await Promise.all([stage.visitor(), stage.agent()]);
  await visitor.say('first');
  await visitor.say('second');
  const row = agent.row((await visitor.state()).conversationId);
  const badge = row.locator('.badge [aria-hidden]');
  await until('2 unread in the list', async () => (await badge.textContent()) === '2');
  await row.getByText('2 unread messages').waitFor({ state: 'attached' });
  await until('the count in the title: one conversation is unread', async () => /\(1\)/.test(await agent.page.title()));

  await row.click();
  await agent.sees('second');
  await badge.waitFor({ state: 'detached' });
  await until('the visitor is told', async () => (await visitor.messages()).at(-1)?.meta.includes('Seen'));

  await visitor.say('third');
  await agent.sees('third');
  await until('what is on screen counts as read', async () => (await badge.count()) === 0);
  await leave({ visitor, agent });
});

test('an assignment is shown to the agent, to other agents and to the visitor', async () => {
  const { visitor, agent, conversationId } = await stage.conversation();
  const grace = await stage.server.createAgent('Grace Colleague');
  const colleague = await Agent.loggedIn(await openPage(stage.browser), stage.server, grace);

  await agent.button('Unassigned').click();
  await agent.page.getByRole('option', { name: 'Assign to me' }).click();
  await agent.page.getByRole('button', { name: 'Assigned to you' }).waitFor();
  await agent.row(conversationId).getByText('You', { exact: true }).waitFor();
  await colleague.row(conversationId).getByText(stage.account.name).waitFor();
  await visitor.panel.getByText(`You are chatting with ${stage.account.name}`).waitFor();

  await agent.page.getByRole('button', { name: 'Assigned to you' }).click();
  await agent.page.getByRole('option', { name: 'Unassign' }).click();
  await colleague.row(conversationId).getByText('Unassigned').waitFor();
  await leave({ visitor, agent });
  await colleague.logOut();
  await colleague.page.context().close();
});

test('a closed conversation says so, lives again when it is reopened, and leads to a new one', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('Please close this');

  await agent.button('Close').click();
  await visitor.panel.getByText('This chat has ended.').waitFor();
  await visitor.composer.waitFor({ state: 'hidden' });
  await visitor.sees('Please close this');
  await agent.page.getByText('This conversation is closed.').waitFor();
  await agent.row(conversationId).waitFor({ state: 'detached' });

  await agent.button('Reopen').first().click();
  await visitor.composer.waitFor();
  await visitor.say('Still here');
  await agent.sees('Still here');

  await agent.button('Close').click();
  await visitor.startNew.waitFor();
  await visitor.startNew.click();
  await visitor.live();
  await visitor.composer.waitFor();
  const next = (await visitor.state()).conversationId;
  assert.notEqual(next, conversationId);
  assert.deepEqual(await visitor.texts(), [], 'a new conversation is empty');
  await visitor.say('Something else');
  await agent.openConversation(next);
  await agent.sees('Something else');
  await agent.say('Gladly');
  await visitor.sees('Gladly');

  await agent.page.getByRole('link', { name: 'Closed', exact: true }).click();
  await agent.row(conversationId).waitFor();
  await leave({ visitor, agent });
});

test('a message that was on its way when the chat ended goes into the next one', async () => {
  const { visitor, agent, conversationId } = await stage.conversation('Before the end');
  let letGo;
  const closed = new Promise((resolve) => (letGo = resolve));
  await visitor.page.route('**/api/chatbot/message', async (route) => {
    await closed;
    await route.continue();
  });
  await visitor.say('Written while it ended');
  await agent.button('Close').click();
  await agent.page.getByText('This conversation is closed.').waitFor();
  letGo();
  await visitor.panel.getByText('Not sent:').waitFor();
  assert.equal(await visitor.panel.getByRole('button', { name: 'Try again' }).count(), 0, 'here it would be refused again');

  await visitor.startNew.click();
  await visitor.live();
  const next = (await visitor.state()).conversationId;
  await until('the message in the new conversation', async () => (await stage.stored(next)).length === 1);
  assert.deepEqual((await stage.stored(next)).map(({ message }) => message), ['Written while it ended']);
  assert.deepEqual((await stage.stored(conversationId)).map(({ message }) => message), ['Before the end']);
  assert.deepEqual(await visitor.texts(), ['Written while it ended']);
  await leave({ visitor, agent }, /status of (409|401)/);
});

test('what was sent is offered to be edited for as long as the server allows it', async () => {
  const page = await openPage(stage.browser);
  await page.route('**/api/v1/me', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), edit_seconds: EDIT_SECONDS } });
  });
  const [visitor, agent] = await Promise.all([stage.visitor(), Agent.loggedIn(page, stage.server, stage.account)]);
  await visitor.say('When do you open?');
  await agent.openConversation((await visitor.state()).conversationId);
  await agent.say('At nine.');
  const edit = page.getByRole('button', { name: 'Edit message' });
  await edit.waitFor();
  await edit.focus();
  await until('nothing to edit any more', async () => (await edit.count()) === 0, 2 * EDIT_SECONDS * 1_000);
  assert.equal(await page.getByRole('button', { name: 'Delete message' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Copy text' }).count(), 1);
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'article', 'the message has the focus of its button');
  await agent.composer.press('ArrowUp');
  assert.equal(await agent.composer.inputValue(), '');
  await leave({ visitor, agent });
});
