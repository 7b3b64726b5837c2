/** Webhooks, as the `webhook` of the `pusher` package for Node takes them: it compares the whole content type, and the signature. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import HttpPusher from 'pusher';
import { noPython, PythonSdk } from '../support/python.js';
import { startServer } from '../support/server.js';
import { next, StockClients, subscribed } from '../support/stock-clients.js';
import { until } from '../support/wait.js';
import { WebhookSink } from '../support/webhook-sink.js';

let sink;
let server;
let clients;
before(async () => {
  sink = await WebhookSink.start();
  server = await startServer({ env: { ANTIPHON_WEBHOOK_URL: sink.url, ANTIPHON_WEBHOOK_ALLOW_PRIVATE: 'on' } });
  clients = await StockClients.of(server);
});
beforeEach(() => {
  sink.requests.length = 0;
});
after(async () => {
  clients?.close();
  await server?.close();
  await sink?.close();
});

/** All events so far, as the package reads them; every request must be valid. */
function events() {
  return sink.requests.flatMap((request) => {
    const webhook = clients.http().webhook(request);
    assert.ok(webhook.isContentTypeValid(), request.headers['content-type']);
    assert.ok(webhook.isValid(), request.rawBody);
    assert.ok(Math.abs(webhook.getTime() - Date.now()) < 60_000);
    return webhook.getEvents();
  });
}

test('the package takes the requests as genuine, and reads all kinds of events', async () => {
  const pusher = clients.pusherJs({
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, answer) =>
        answer(null, clients.http().authorizeChannel(socketId, channelName, { user_id: 'user-1', user_info: { name: 'Zażółć' } })),
    },
  });
  const room = await subscribed(pusher, 'presence-room');
  room.trigger('client-typing', { text: 'Zażółć “quoted” \u{1f680}' });
  const cache = pusher.subscribe('cache-news');
  await next(cache, 'pusher:cache_miss');
  await until('six events', () => events().length >= 6);
  pusher.disconnect();
  await until('three more', () => events().length >= 9, 10_000);
  const socketId = events().find(({ name }) => name === 'client_event').socket_id;
  assert.match(socketId, /^\d+\.\d+$/);
  const byChannel = (channel) => events().filter((event) => event.channel === channel);
  assert.deepEqual(byChannel('presence-room'), [
    { name: 'channel_occupied', channel: 'presence-room' },
    { name: 'member_added', channel: 'presence-room', user_id: 'user-1' },
    {
      name: 'client_event',
      channel: 'presence-room',
      event: 'client-typing',
      data: JSON.stringify({ text: 'Zażółć “quoted” \u{1f680}' }),
      socket_id: socketId,
      user_id: 'user-1',
    },
    { name: 'member_removed', channel: 'presence-room', user_id: 'user-1' },
    { name: 'channel_vacated', channel: 'presence-room' },
  ]);
  assert.deepEqual(byChannel('cache-news'), [
    { name: 'channel_occupied', channel: 'cache-news' },
    { name: 'subscription_count', channel: 'cache-news', subscription_count: 1 },
    { name: 'cache_miss', channel: 'cache-news' },
    { name: 'channel_vacated', channel: 'cache-news' },
  ]);
});

test('the package refuses what was changed on the way, and another secret', async () => {
  await subscribed(clients.pusherJs(), 'guarded');
  await until('a request', () => sink.requests.length > 0);
  const [request] = sink.requests;
  assert.ok(clients.http().webhook(request).isValid());
  const changed = { ...request, rawBody: request.rawBody.replace('guarded', 'Guarded') };
  assert.ok(!clients.http().webhook(changed).isValid());
  assert.ok(!clients.http({ secret: 'another secret' }).webhook(request).isValid());
  const { key, secret } = clients.app;
  const other = new HttpPusher({ appId: '1', key: 'new-key', secret: 'new-secret' });
  assert.ok(!other.webhook(request).isValid());
  assert.ok(other.webhook(request).isValid({ key, secret }), 'an SDK that is told of the old pair, too');
});

test('a request that failed comes again as it was', async () => {
  sink.statuses.push(503);
  await subscribed(clients.pusherJs(), 'retried');
  await until('a second request', () => sink.requests.length >= 2);
  const [first, second] = sink.requests;
  assert.equal(second.rawBody, first.rawBody);
  assert.ok(clients.http().webhook(second).isValid());
});

test('the deliveries can be listed and replayed with the package', async () => {
  await subscribed(clients.pusherJs(), 'listed');
  await until('a request', () => sink.requests.length > 0);
  const list = async () => {
    const response = await clients.http().get({ path: '/webhook_deliveries', params: { limit: 5 } });
    assert.equal(response.status, 200);
    return (await response.json()).deliveries;
  };
  const delivery = await until('a delivery that was taken', async () => {
    const [newest] = await list();
    return newest.state === 'delivered' && newest;
  });
  assert.equal(delivery.body, sink.requests[0].rawBody);
  const response = await clients.http().post({ path: `/webhook_deliveries/${delivery.id}/replay`, body: {} });
  assert.equal(response.status, 202);
  await until('the same once more', () => sink.requests.length >= 2);
  assert.equal(sink.requests[1].rawBody, delivery.body);
});

test('the SDK for Python takes them as well', { skip: noPython() ?? false }, async () => {
  await subscribed(clients.pusherJs(), 'told-in-python');
  await until('a request', () => sink.requests.length > 0);
  const [{ headers, rawBody }] = sink.requests;
  const python = await PythonSdk.open(clients.app, server.socketPort);
  const validate = (body) => python.call('validate_webhook', headers['x-pusher-key'], headers['x-pusher-signature'], body);
  try {
    const { events } = await validate(rawBody);
    assert.deepEqual(events[0], { name: 'channel_occupied', channel: 'told-in-python' });
    assert.equal(await validate(rawBody.replace('told', 'sold')), null);
  } finally {
    python.close();
  }
});
