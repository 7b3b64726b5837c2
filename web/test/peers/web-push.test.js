/** What the server sends to a push service, received by one that decrypts it as a browser does. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChatCaller } from '../support/chat-api.js';
import { proofOf, PushService } from '../support/push-service.js';
import { startServer } from '../support/server.js';
import { until } from '../support/wait.js';

const PATH = '/api/v1/me/push_subscriptions';
const HALF_A_DAY = 43_200;

let server;
let service;
before(async () => {
  const env = { ANTIPHON_PUSH_ALLOW_PRIVATE: 'on', ANTIPHON_PUSH_CONTACT: 'mailto:ops@example.com' };
  server = await startServer({ env });
  service = await PushService.start();
});
after(async () => {
  await service?.close();
  await server?.close();
});

/** An agent in a browser: what it asks for with its session. */
async function logIn(account) {
  const call = async (method, path, body, cookie = '') => {
    const headers = { 'Content-Type': 'application/json', Origin: server.url, ...(cookie && { Cookie: cookie }) };
    const answer = await fetch(server.url + path, { method, headers, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer;
  };
  const session = await call('POST', '/api/v1/session', { email: account.email, password: account.password });
  const cookie = session.headers.get('set-cookie').split(';')[0];
  const { agent } = await session.json();
  return { id: agent.id, call: (method, path, body) => call(method, path, body, cookie) };
}

test('a browser reads what it is told, and nobody else can have sent it', async () => {
  const account = await server.createAgent('Ada Agent');
  const ada = await logIn(account);
  const { public_key: key } = await (await ada.call('GET', PATH)).json();
  const browser = service.browser();
  const made = await (await ada.call('POST', PATH, { ...browser.toJSON(), notify_of: 'all' })).json();
  await ada.call('PATCH', '/api/v1/account', { language: 'de' });
  const visitor = await ChatCaller.visitor(server, { visitor_name: 'Vera' });
  const say = (message) => visitor.post('/api/chatbot/message', { conversation_id: visitor.conversationId, message });

  await say('Grüße  🎉\nand more');
  const first = await service.message(0);
  assert.equal(first.path, new URL(browser.endpoint).pathname);
  const news = { kind: 'message', conversation_id: visitor.conversationId, seq: 1, sender: 'Vera', text: 'Grüße 🎉 and more', language: 'de' };
  assert.deepEqual(browser.read(first), news);
  const { aud, exp, sub } = proofOf(first, key);
  assert.deepEqual([aud, sub], [service.url, 'mailto:ops@example.com']);
  const left = exp - Date.now() / 1000;
  assert.ok(left > 3_600 && left <= 86_400, `good for ${left} seconds`);
  assert.ok(Number(first.headers.ttl) > HALF_A_DAY - 60 && Number(first.headers.ttl) <= HALF_A_DAY, first.headers.ttl);
  assert.deepEqual([first.headers.topic, first.headers.urgency], [`conversation-${visitor.conversationId}`, 'high']);

  await say('x'.repeat(4_000));
  assert.equal(browser.read(await service.message(1)).text, `${'x'.repeat(199)}…`);

  await ada.call('POST', PATH, { ...browser.toJSON(), with_text: false });
  await say('not for the screen');
  const silent = browser.read(await service.message(2));
  assert.deepEqual([silent.sender, silent.text, silent.seq], ['Vera', null, 3]);

  // A push service that wants to be left alone is, and then it gets the same.
  service.answers.push([429, { 'Retry-After': '2' }]);
  await say('once more');
  const [refused, again] = [await service.message(3), await service.message(4)];
  assert.ok(again.at - refused.at >= 2_000, `after ${again.at - refused.at} ms`);
  assert.deepEqual(browser.read(again), browser.read(refused));
  assert.notDeepEqual(again.body, refused.body, 'with keys of its own');

  await ada.call('POST', `${PATH}/${made.subscription.id}/test`, {});
  assert.deepEqual(browser.read(await service.message(5)), { kind: 'test', language: 'de' });

  // Another process has the same key.
  await server.stop();
  await server.start();
  assert.equal((await (await ada.call('GET', PATH)).json()).public_key, key);

  // What is gone is forgotten, and logging out ends the rest.
  service.answers.push([410, {}]);
  await say('for nobody');
  const list = async () => (await (await ada.call('GET', PATH)).json()).subscriptions;
  await until('the browser to be forgotten', async () => (await list()).length === 0);
  assert.equal(service.messages.length, 7);
});

test('a mention is told to the one who is mentioned', async () => {
  const [bea, cid] = [await logIn(await server.createAgent('Bea Agent')), await logIn(await server.createAgent('Cid Agent'))];
  const browser = service.browser();
  await bea.call('POST', PATH, { ...browser.toJSON(), notify_of: 'mentions' });
  const visitor = await ChatCaller.visitor(server);
  await visitor.post('/api/chatbot/message', { conversation_id: visitor.conversationId, message: 'hello' });
  const n = service.messages.length;
  const body = `Please look, @[Bea Agent](agent:${bea.id})`;
  await cid.call('POST', `/api/v1/conversations/${visitor.conversationId}/notes`, { body });
  const news = browser.read(await service.message(n));
  const expected = { kind: 'mention', conversation_id: visitor.conversationId, sender: 'Cid Agent', text: 'Please look, @Bea Agent', language: null };
  assert.deepEqual(news, expected);
});
