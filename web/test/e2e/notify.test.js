/** An agent is told with the inbox closed, sees mentions counted as they come, and what a colleague changes in the settings. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from '../support/agent.js';
import { assertAccessible } from '../support/axe.js';
import { ASKED_WHO_IS_LOGGED_IN, openPage } from '../support/browser.js';
import { Stage } from '../support/cast.js';
import { ChatCaller } from '../support/chat-api.js';
import { PushService } from '../support/push-service.js';
import { screens } from '../support/screens.js';
import { until } from '../support/wait.js';

let stage;
let service;
before(async () => {
  service = await PushService.start();
  stage = await Stage.open({ agent: false, notifications: true, env: { ANTIPHON_PUSH_ALLOW_PRIVATE: 'on' } });
  stage.account = await stage.server.createAgent('Ada Admin', 'admin');
});
after(async () => {
  await stage?.close();
  await service?.close();
});

/** The browser's own push service cannot be reached: ours takes its place, with keys that the test has. */
async function subscribesAt(context, browser) {
  await context.addInitScript((json) => {
    const subscription = { toJSON: () => json, options: { applicationServerKey: null }, unsubscribe: async () => true };
    PushManager.prototype.subscribe = async () => subscription;
    PushManager.prototype.getSubscription = async () => subscription;
  }, browser.toJSON());
}

/** Gives the service worker what its push service got, as the browser does. */
async function delivering(page) {
  const debug = await page.context().newCDPSession(page);
  const registrations = [];
  debug.on('ServiceWorker.workerRegistrationUpdated', (event) => registrations.push(...event.registrations));
  await debug.send('ServiceWorker.enable');
  const found = () => registrations.find(({ scopeURL, isDeleted }) => new URL(scopeURL).pathname === '/inbox' && !isDeleted);
  await until('the registration of the service worker', found);
  const { registrationId } = found();
  return (news) => debug.send('ServiceWorker.deliverPushMessage', { origin: stage.server.url, registrationId, data: JSON.stringify(news) });
}

/** What the service worker shows. */
function shown(page) {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration('/inbox');
    const notifications = await registration.getNotifications();
    return notifications.map(({ title, body, tag, data }) => ({ title, body, tag, href: data.href }));
  });
}

test('with the inbox closed, a message is a notification, which goes when the message is read', async () => {
  const page = await openPage(stage.browser, { permissions: ['notifications'], viewport: { width: 1440, height: 900 } });
  const browser = service.browser();
  await subscribesAt(page.context(), browser);
  const agent = await Agent.loggedIn(page, stage.server, stage.account);
  await page.goto(`${stage.server.url}/inbox/settings/notifications`);
  await page.getByRole('switch', { name: 'Also when the inbox is closed' }).check();
  await page.getByRole('cell', { name: /Chrome.*This browser/ }).waitFor();
  const deliver = await delivering(page);

  await page.getByRole('button', { name: 'Send a test' }).click();
  await deliver(browser.read(await service.message(0)));
  await until('the test on the screen', async () => (await shown(page))[0]?.title === 'Notifications work');
  await page.reload();
  await page.getByRole('cell', { name: 'Not yet' }).waitFor({ state: 'detached' });
  await screens(page, 'settings-notifications', { check: assertAccessible });

  // Another page of the same browser, which is no inbox: nobody looks.
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(`${stage.server.url}/chatbot-test.html`);
  // That nobody looks any more is known before somebody writes.
  const lookedAway = page.waitForResponse(/\/me\/looking$/);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide')));
  await lookedAway;
  await page.close();
  const deliverElsewhere = await delivering(elsewhere);
  const visitor = await ChatCaller.visitor(stage.server, { visitor_name: 'Vera' });
  const { conversationId: id } = visitor;
  await visitor.post('/api/chatbot/message', { conversation_id: id, message: 'Is anybody there?' });
  await deliverElsewhere(browser.read(await service.message(1)));
  const notice = { title: 'Vera', body: 'Is anybody there?', tag: `conversation-${id}`, href: `/inbox/conversations/${id}` };
  const ofVera = async () => (await shown(elsewhere)).filter(({ tag }) => tag === notice.tag);
  await until('the message on the screen', async () => (await ofVera()).length === 1);
  assert.deepEqual(await ofVera(), [notice]);

  // Its click, as the worker hears of it.
  const inbox = await page.context().newPage();
  await inbox.goto(`${stage.server.url}/inbox`);
  await new Agent(inbox, stage.server).connection('Live');
  const [worker] = page.context().serviceWorkers();
  await worker.evaluate(async (tag) => {
    const [notification] = await self.registration.getNotifications({ tag });
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  }, notice.tag);
  await inbox.getByRole('textbox', { name: 'Your answer' }).waitFor();
  assert.equal(new URL(inbox.url()).pathname, `/inbox/conversations/${id}`);
  await until('no notification of what was read', async () => (await ofVera()).length === 0);
  page.complaints.assertNone(ASKED_WHO_IS_LOGGED_IN);
  await page.context().close();
});

test('mentions are counted as they come, and what a colleague changes is there', async () => {
  const bob = await stage.server.createAgent('Bob Agent');
  const page = await openPage(stage.browser, { viewport: { width: 1440, height: 900 } });
  const agent = await Agent.loggedIn(page, stage.server, bob);
  const visitor = await ChatCaller.visitor(stage.server, { visitor_name: 'Mia' });
  await visitor.post('/api/chatbot/message', { conversation_id: visitor.conversationId, message: 'Hello' });
  await agent.row(visitor.conversationId).waitFor();
  const admin = await ChatCaller.agent(stage.server, stage.account.email);
  const { id: bobId } = await page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).agent);

  await page.goto(`${stage.server.url}/inbox?mentioned=me`);
  await agent.connection('Live');
  const mentions = page.getByRole('navigation').getByRole('link', { name: /^Mentions/ });
  assert.equal(await agent.row(visitor.conversationId).count(), 0);
  const { note } = await admin.post(`/api/v1/conversations/${visitor.conversationId}/notes`, { body: `@[Bob Agent](agent:${bobId}) please` });
  await mentions.getByText('1 new mention').waitFor();
  await agent.row(visitor.conversationId).waitFor();
  assert.equal(note.mentions[0], bobId);

  const other = await page.context().newPage();
  await other.goto(`${stage.server.url}/inbox/mentions`);
  await other.getByText('@Bob Agent please').waitFor();
  await mentions.getByText('1 new mention').waitFor({ state: 'detached' });
  await other.close();

  await admin.post('/api/v1/labels', { name: 'Refund', color: '#d73a4a' });
  await page.getByRole('navigation').getByRole('link', { name: 'Refund' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Agents' }).count(), 0);
  await page.goto(`${stage.server.url}/inbox/settings/preferences`);
  await page.getByRole('link', { name: 'Preferences' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0);
  await admin.patch(`/api/v1/agents/${bobId}`, { role: 'admin' });
  await page.getByRole('link', { name: 'Audit log' }).waitFor();

  await admin.patch(`/api/v1/agents/${bobId}`, { active: false });
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  page.complaints.assertNone(/401|4009/);
  await page.context().close();
});
