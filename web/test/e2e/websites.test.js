/** An administrator brings the chat to a website from the inbox alone: its line, the check, hours and a color, another token. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from '../support/axe.js';
import { ASKED_WHO_IS_LOGGED_IN, openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { HostSite, pageWithWidget } from '../support/host-page.js';
import { screens } from '../support/screens.js';
import { Visitor } from '../support/visitor.js';
import { until } from '../support/wait.js';

let stage;
let agent;

before(async () => {
  stage = await Stage.open({ agent: false });
  stage.account = await stage.server.createAgent('Ada Admin', 'admin');
  agent = await stage.agent({ viewport: { width: 1440, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] });
});
after(() => stage?.close());

const dialogButton = (name) => agent.page.getByRole('dialog').locator('footer').getByRole('button', { name, exact: true });
const section = async (name) => {
  await agent.page.getByRole('navigation', { name: 'Sections of this website' }).getByRole('link', { name, exact: true }).click();
};
const save = async () => {
  await agent.page.getByRole('button', { name: 'Save changes' }).click();
  // Of several, the newest.
  await agent.page.getByText('The changes were saved.').last().waitFor();
  await agent.page.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'detached' });
};

/** Waits until the page's log says that it gets no chat. */
async function isWithoutChat({ page }) {
  await until('the page’s log says that there is no chat', () => page.complaints.lines().some((text) => text.startsWith('Chat widget:')));
}

/** A browser that was never there: what it is told of the widget is not an old answer. */
async function visitorAt(site) {
  const page = await openPage(stage.browser);
  await page.goto(site.url);
  return new Visitor(page);
}

test('a website comes from its first line to its own color and hours, and to another token', async (t) => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/settings/websites`);
  await page.getByRole('link', { name: /Demo/ }).waitFor();
  await page.getByRole('button', { name: 'Add website' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('The shop');
  await page.getByRole('dialog').getByLabel('Allowed domains').fill('shop.example');
  await screens(page, 'websites-create', { check: assertAccessible, views: ['desk', 'phone'] });
  await dialogButton('Add website').click();
  await page.getByRole('dialog').getByLabel('Identity secret').waitFor();
  await screens(page, 'websites-created', { check: assertAccessible, views: ['desk', 'phone'] });
  await dialogButton('Go to the installation').click();

  // The line goes into a page; its host is not allowed yet, and one press allows it.
  await page.getByText('Not seen yet').waitFor();
  await screens(page, 'websites-not-seen', { check: assertAccessible, views: ['desk', 'phone'] });
  await page.getByRole('button', { name: 'Copy' }).click();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  const token = /data-api-token="(cbw_[^"]+)"/.exec(line)?.[1];
  assert.ok(token && line.includes(`${stage.server.url}/chatbot-widget.js`), line);
  const site = await HostSite.open({ '/': pageWithWidget(stage.server, token) });
  t.after(() => site.close());
  const refused = await visitorAt(site);
  await isWithoutChat(refused);
  await refused.page.context().close();
  await page.getByText('127.0.0.1 asked for the chat and was refused').waitFor();
  await screens(page, 'websites-refused', { check: assertAccessible, views: ['desk', 'dark', 'phone'] });
  await page.getByRole('button', { name: 'Allow 127.0.0.1' }).click();
  await page.getByText('It is allowed now. Reload the page there.').waitFor();
  const visitor = await visitorAt(site);
  await visitor.launcher.waitFor();
  await page.getByText('The chat is on 127.0.0.1').waitFor();
  await page.getByText(/Last seen \d+ seconds? ago/).waitFor();
  await screens(page, 'websites-seen', { check: assertAccessible });
  await visitor.page.context().close();

  // A color that is none is named beside its field, and nothing is lost without a question.
  await section('Appearance');
  await page.getByLabel('Color', { exact: true }).fill('#0b7a');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('must be a color such as #3455db').waitFor();
  await section('Business hours');
  await screens(page, 'websites-unsaved', { check: assertAccessible, views: ['desk', 'phone'] });
  await dialogButton('Cancel').click();
  await page.goBack();
  await dialogButton('Cancel').click();
  await page.getByLabel('Color', { exact: true }).fill('#0b7a5b');
  await page.getByLabel('Side', { exact: true }).selectOption('left');
  const preview = page.frameLocator('iframe[title="Preview"]');
  await preview.locator('.launcher').waitFor();
  await screens(page, 'websites-appearance', { check: (shown) => assertAccessible(shown, '.website'), views: ['desk', 'dark', 'phone', 'rtl'] });
  await save();

  await section('Business hours');
  await page.getByRole('switch', { name: 'Business hours' }).check();
  await page.getByLabel('Time zone').fill('Europe/Madrid');
  await page.getByRole('button', { name: 'Remove times 1' }).click();
  await page.getByRole('button', { name: 'Add holiday' }).click();
  await page.getByLabel('Holiday 1', { exact: true }).fill('2031-12-24');
  await page.getByLabel('Message', { exact: true }).fill('We are throwing pots.');
  await screens(page, 'websites-hours', { check: assertAccessible });
  await save();

  const closed = await visitorAt(site);
  await closed.launcher.click();
  await closed.panel.getByText('We are throwing pots.').first().waitFor();
  const look = await closed.page.evaluate(() => {
    const host = document.getElementById('chatbot-widget');
    const button = host.shadowRoot.querySelector('.launcher');
    return { color: getComputedStyle(button).backgroundColor, left: button.getBoundingClientRect().left };
  });
  assert.equal(look.color, 'rgb(11, 122, 91)');
  assert.ok(look.left < 200, `the button is at the left, at ${look.left}`);
  await closed.page.context().close();

  // Pages with the old token have the chat as well.
  await section('Identity and token');
  await screens(page, 'websites-security', { check: assertAccessible, views: ['desk', 'phone', 'dark'] });
  await page.getByRole('button', { name: 'New token' }).click();
  await screens(page, 'websites-rotate', { check: assertAccessible, views: ['desk', 'phone'] });
  await dialogButton('New token').click();
  const rotated = await page.getByRole('dialog').getByLabel('Line for your pages, with the new token').inputValue();
  assert.ok(!rotated.includes(token), rotated);
  await dialogButton('Close').click();
  await page.getByText(/Pages with the token before this one have the chat until/).waitFor();
  const later = await visitorAt(site);
  await later.launcher.waitFor();
  await later.page.context().close();

  await section('Deactivate');
  await screens(page, 'websites-state', { check: assertAccessible, views: ['desk', 'rtl'] });
  await page.getByRole('button', { name: 'Deactivate the chat' }).click();
  await dialogButton('Deactivate the chat').click();
  await page.getByText('The chat is deactivated. Visitors see no button').waitFor();
  const gone = await visitorAt(site);
  await isWithoutChat(gone);
  assert.equal(await gone.widget.count(), 0);
  await gone.page.context().close();
  await page.getByRole('button', { name: 'Activate the chat' }).click();
  await page.getByText('The chat is active again.').waitFor();
});

test('the form before a chat is put together by the keyboard, and every other section is saved', async () => {
  const { page } = agent;
  await page.goto(`${stage.server.url}/inbox/settings/websites`);
  await page.getByRole('link', { name: /The shop/ }).waitFor();
  await screens(page, 'websites-list', { check: assertAccessible });
  await page.getByRole('link', { name: /The shop/ }).click();

  await section('Form before a chat');
  await page.getByRole('switch', { name: 'Ask before a chat' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Own field' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('Topic');
  await page.getByLabel('Kind').selectOption('select');
  await page.getByLabel('Choices').fill('An order\nA product');
  await page.getByRole('button', { name: 'Move Topic up' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.getByText('Topic is now field 1 of 3.').waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Move Topic down');
  await screens(page, 'websites-form', { check: assertAccessible });
  await save();

  await section('Name and domains');
  await page.getByLabel('Welcome message').fill('Hello!');
  await screens(page, 'websites-general', { check: assertAccessible, views: ['desk', 'phone'] });
  await save();
  await section('Conversation');
  await page.getByLabel('Quick replies').fill('Where is my order?');
  await page.getByRole('switch', { name: 'Ask how it was' }).check();
  await screens(page, 'websites-chat', { check: assertAccessible, views: ['desk', 'phone'] });
  await save();
  await section('Languages and texts');
  await page.getByRole('combobox', { name: 'Language', exact: true }).selectOption('de');
  await page.getByLabel('Title of the chat, in the place of its name').fill('Ask the shop');
  await screens(page, 'websites-texts', { check: assertAccessible });
  await save();
  await section('Files and voice');
  await page.getByLabel('Largest file').fill('5');
  await page.getByLabel('Types').fill('image/*\npng');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('must be a content type such as image/png or image/*').waitFor();
  await page.getByLabel('Types').fill('image/*');
  await screens(page, 'websites-files', { check: assertAccessible, views: ['desk', 'rtl'] });
  await save();

  const id = /websites\/(\d+)/.exec(page.url())?.[1];
  const { settings, welcome_message } = await stage.server.command('widget:show', ['--id', id]);
  assert.equal(welcome_message, 'Hello!');
  assert.deepEqual(settings.pre_chat.fields.map(({ label }) => label), ['Topic', 'Name', 'E-mail']);
  assert.deepEqual(settings.quick_replies, ['Where is my order?']);
  assert.deepEqual(settings.csat, { question: null });
  assert.equal(settings.locale, 'de');
  assert.deepEqual(settings.texts, { en: { title: 'Ask the shop' } });
  assert.deepEqual([settings.files.max_bytes, settings.files.accept], [5_242_880, ['image/*']]);
  assert.equal(settings.theme.color, '#0b7a5b', 'what another section saved is still there');
  assert.equal(settings.hours.timezone, 'Europe/Madrid');
  agent.page.complaints.assertNone(new RegExp(`${ASKED_WHO_IS_LOGGED_IN.source}|status of 422`));
});
