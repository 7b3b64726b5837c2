/** Laravel Echo as it comes from the registry, with both of the drivers that speak our protocol. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChatCaller } from '../support/chat-api.js';
import { startServer } from '../support/server.js';
import { StockClients } from '../support/stock-clients.js';
import { until, within } from '../support/wait.js';

let server;
let clients;
let agent;
before(async () => {
  server = await startServer();
  clients = await StockClients.of(server);
  agent = await ChatCaller.agent(server, (await server.createAgent()).email);
});
after(async () => {
  clients?.close();
  await server?.close();
});

for (const broadcaster of ['reverb', 'pusher']) {
  test(`${broadcaster}: a private channel hears the messages of its conversation`, async () => {
    const visitor = await ChatCaller.visitor(server, { visitor_name: 'Vera' });
    const echo = clients.echo(broadcaster, visitor);
    const received = [];
    const channel = echo.private(`chat.conversation.${visitor.conversationId}`);
    channel.listen('.ChatMessageReceived', (message) => received.push(message));
    await until('the subscription', () => channel.subscription.subscribed);
    assert.match(echo.socketId(), /^\d+\.\d+$/);

    await agent.say(visitor.conversationId, 'How can I help?');
    await visitor.say(visitor.conversationId, 'Like this.');
    await until('two messages', () => received.length === 2);
    const seen = received.map(({ seq, sender_type, sender_name, message }) => ({ seq, sender_type, sender_name, message }));
    assert.deepEqual(seen, [
      { seq: 1, sender_type: 'employee', sender_name: 'Ada Agent', message: 'How can I help?' },
      { seq: 2, sender_type: 'visitor', sender_name: 'Vera', message: 'Like this.' },
    ]);

    await visitor.say(visitor.conversationId, 'Not to myself', echo.socketId());
    await agent.say(visitor.conversationId, 'Understood');
    await until('the answer', () => received.length === 3);
    assert.equal(received[2].message, 'Understood');

    channel.stopListening('.ChatMessageReceived');
    echo.leave(`chat.conversation.${visitor.conversationId}`);
  });

  test(`${broadcaster}: a channel of somebody else's conversation is an error on that channel`, async () => {
    const [visitor, stranger] = [await ChatCaller.visitor(server), await ChatCaller.visitor(server)];
    const refused = new Promise((resolve) => {
      clients.echo(broadcaster, stranger).private(`chat.conversation.${visitor.conversationId}`).error(resolve);
    });
    const error = await within(5_000, 'the refusal', refused);
    assert.equal(error.status, 403);
  });

  test(`${broadcaster}: whispers reach the other side`, async () => {
    const visitor = await ChatCaller.visitor(server);
    const name = `chat.conversation.${visitor.conversationId}`;
    const [ours, theirs] = [visitor, agent].map((caller) => clients.echo(broadcaster, caller).private(name));
    await until('both subscriptions', () => ours.subscription.subscribed && theirs.subscription.subscribed);
    const heard = new Promise((resolve) => theirs.listenForWhisper('typing', resolve));
    ours.whisper('typing', { sender_type: 'visitor', typing: true });
    assert.deepEqual(await within(5_000, 'the whisper', heard), { sender_type: 'visitor', typing: true });
  });
}

test('a public channel and an event with the name of a class', async () => {
  const channel = clients.echo('reverb', agent).channel('orders');
  const shipped = new Promise((resolve) => channel.listen('OrderShipped', resolve));
  await until('the subscription', () => channel.subscription.subscribed);
  await clients.http().trigger('orders', 'App\\Events\\OrderShipped', { id: 7 });
  assert.deepEqual(await within(5_000, 'the event', shipped), { id: 7 });
});

test('those on a presence channel are here, joining and leaving', async () => {
  const http = clients.http();
  const join = (id) => {
    const authorizer = ({ name }) => ({
      authorize: (socketId, answer) => answer(null, http.authorizeChannel(socketId, name, { user_id: id, user_info: { name: id } })),
    });
    const echo = clients.echo('reverb', agent, { authorizer });
    const seen = [];
    const channel = echo.join('room');
    channel.here((members) => seen.push(['here', members.map(({ name }) => name).sort()]));
    channel.joining(({ name }) => seen.push(['joining', name])).leaving(({ name }) => seen.push(['leaving', name]));
    return { echo, seen };
  };
  const ana = join('ana');
  await until('the first list', () => ana.seen.length === 1);
  const ben = join('ben');
  await until('the second list', () => ben.seen.length === 1);
  ben.echo.leave('room');
  await until('the end', () => ana.seen.length === 3);
  assert.deepEqual(ana.seen, [['here', ['ana']], ['joining', 'ben'], ['leaving', 'ben']]);
  assert.deepEqual(ben.seen, [['here', ['ana', 'ben']]]);
});

test('what happens to a conversation is told to both of its sides', async () => {
  const visitor = await ChatCaller.visitor(server);
  const events = [];
  const channel = clients.echo('reverb', visitor).private(`chat.conversation.${visitor.conversationId}`);
  for (const name of ['ConversationAssigned', 'ConversationClosed', 'ConversationReopened', 'MessagesRead']) {
    channel.listen(`.${name}`, (data) => events.push([name, data]));
  }
  await until('the subscription', () => channel.subscription.subscribed);
  await visitor.say(visitor.conversationId, 'Hello');
  await agent.post('/api/chatbot/read', { conversation_id: visitor.conversationId, up_to_seq: 1 });
  await agent.post(`/api/v1/conversations/${visitor.conversationId}/close`, {});
  await agent.post(`/api/v1/conversations/${visitor.conversationId}/reopen`, {});
  await until('three events', () => events.length >= 3);
  assert.deepEqual(events.map(([name]) => name), ['MessagesRead', 'ConversationClosed', 'ConversationReopened']);
  const revisions = events.map(([, { revision }]) => revision);
  assert.deepEqual(revisions, [...revisions].sort((a, b) => a - b), 'revisions rise');
});
