import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import type { ChannelGrants } from '../../shared/chat-api.ts';
import { PusherClient, type ChannelEvent } from '../../shared/pusher-client.ts';
import { socketUrl } from '../../shared/socket-url.ts';
import { FakeClock, FakeNetwork, settle } from './fakes.ts';

function setUp() {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const authorized: [string, string[]][] = [];
  const control: { authorize: (channels: string[]) => ChannelGrants } = {
    authorize: (channels) => Object.fromEntries(channels.map((name) => [name, { auth: `key:${name}` }])),
  };
  const client = new PusherClient({
    url: 'ws://chat/app/key',
    authorize: async (socketId, channels) => {
      authorized.push([socketId, channels]);
      return control.authorize(channels);
    },
    createSocket: network.createSocket,
    clock,
  });
  const events: ChannelEvent[] = [];
  client.events.on('event', (event) => events.push(event));
  return { clock, network, client, authorized, control, events };
}

test('a connection is established with its socket id', () => {
  const { client, network } = setUp();
  client.connect();
  client.connect();
  assert.equal(client.state, 'connecting');
  network.last.establish('12.34');
  assert.equal(client.state, 'connected');
  assert.equal(client.socketId, '12.34');
  assert.equal(network.sockets.length, 1);
  assert.equal((client.socket as unknown as { state: number }).state, 1);
});

test('all channels of a moment are authorized in one request', async () => {
  const { client, network, authorized } = setUp();
  client.connect();
  client.subscribe('private-a');
  client.subscribe('private-b');
  client.subscribe('public');
  network.last.establish();
  await settle();
  assert.deepEqual(authorized, [['1.1', ['private-a', 'private-b']]]);
  assert.deepEqual(network.last.sent.map((frame) => frame.data), [
    { channel: 'public', auth: '' },
    { channel: 'private-a', auth: 'key:private-a' },
    { channel: 'private-b', auth: 'key:private-b' },
  ]);
});

test('events carry parsed data, whether it came as a string or as plain JSON', () => {
  const { client, network, events } = setUp();
  client.connect();
  network.last.establish();
  network.last.receive('news', { a: 1 }, 'x');
  network.last.onmessage?.({ data: '{"event":"client-typing","channel":"x","data":{"b":2}}' });
  network.last.receive('text', 'not json', 'x');
  network.last.onmessage?.({ data: 'garbage' });
  network.last.onmessage?.({ data: new ArrayBuffer(1) });
  assert.deepEqual(events.map((event) => event.data), [{ a: 1 }, { b: 2 }, 'not json']);
});

test('channels are subscribed again after a reconnect', async () => {
  const { client, network, clock, authorized } = setUp();
  client.subscribe('private-a');
  client.connect();
  network.last.establish('1.1');
  await settle();
  network.last.succeed('private-a');
  assert.equal(client.isSubscribed('private-a'), true);
  network.last.drop();
  assert.equal(client.isSubscribed('private-a'), false);
  assert.equal(client.socketId, null);
  await clock.advance(1_000);
  network.last.establish('2.2');
  await settle();
  assert.deepEqual(authorized.map(([socketId]) => socketId), ['1.1', '2.2']);
  assert.deepEqual(network.last.sentEvents, ['pusher:subscribe']);
});

for (const code of [4000, 4001, 4009, 4099, 4301]) {
  test(`close code ${code} is a refusal: no further attempt`, async () => {
    const { client, network, clock } = setUp();
    client.connect();
    network.last.establish();
    network.last.drop(code, 'no');
    assert.equal(client.state, 'failed');
    assert.equal(client.reason, `no (${code})`);
    await clock.advance(120_000);
    assert.equal(network.sockets.length, 1);
  });
}

for (const code of [4100, 4199, 1000, 1001, 1006]) {
  test(`close code ${code} is retried after a second or more`, async () => {
    const { client, network, clock } = setUp();
    client.connect();
    network.last.establish();
    network.last.drop(code);
    assert.equal(client.state, 'unavailable');
    await clock.advance(999);
    assert.equal(network.sockets.length, 1);
    await clock.advance(1);
    assert.equal(network.sockets.length, 2);
  });
}

test('close codes 4200 to 4299 are retried at once, but only once per working connection', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  network.last.establish();
  network.last.drop(4200);
  await clock.advance(0);
  assert.equal(network.sockets.length, 2);
  network.last.establish();
  network.last.drop(4201);
  await clock.advance(999);
  assert.equal(network.sockets.length, 2);
  await clock.advance(1);
  network.last.establish();
  await clock.advance(5_000);
  network.last.drop(4200);
  await clock.advance(0);
  assert.equal(network.sockets.length, 4);
});

test('an error before the handshake acts like its close code', () => {
  const { client, network } = setUp();
  client.connect();
  network.last.receive('pusher:error', { code: 4001, message: 'unknown app' });
  assert.equal(client.state, 'failed');
  assert.equal(client.reason, 'unknown app (4001)');
});

test('an error after the handshake is only reported', () => {
  const { client, network } = setUp();
  const errors: unknown[] = [];
  client.events.on('error', (error) => errors.push(error));
  client.connect();
  network.last.establish();
  network.last.receive('pusher:error', { code: 4301, message: 'slow down' });
  assert.deepEqual(errors, [{ code: 4301, message: 'slow down' }]);
  assert.equal(client.state, 'connected');
});

test('delays double up to half a minute and start over after a stable connection', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  for (const delay of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = network.sockets.length;
    network.last.drop();
    await clock.advance(delay - 1);
    assert.equal(network.sockets.length, before, `sooner than ${delay}`);
    await clock.advance(1);
    assert.equal(network.sockets.length, before + 1, `not after ${delay}`);
  }
  network.last.establish();
  await clock.advance(5_000);
  const before = network.sockets.length;
  network.last.drop();
  await clock.advance(1_000);
  assert.equal(network.sockets.length, before + 1);
});

test('jitter lengthens a delay', async () => {
  const { client, network, clock } = setUp();
  clock.chance = 0.5;
  client.connect();
  network.last.drop();
  await clock.advance(1_249);
  assert.equal(network.sockets.length, 1);
  await clock.advance(1);
  assert.equal(network.sockets.length, 2);
});

test('a server that does not answer the handshake is given up after ten seconds', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  await clock.advance(10_000);
  assert.equal(client.state, 'unavailable');
  assert.equal(network.last.closedWith, 1000);
});

test('silence is followed by a ping, and a missing pong by a reconnect', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  network.last.establish('1.1', 30);
  await clock.advance(30_000);
  assert.deepEqual(network.last.sentEvents, ['pusher:ping']);
  network.last.receive('pusher:pong', {});
  await clock.advance(30_000);
  assert.deepEqual(network.last.sentEvents, ['pusher:ping', 'pusher:ping']);
  await clock.advance(10_000);
  assert.equal(network.sockets.length, 2);
});

test('a probe is one ping at a time, and a silent line is given up soon', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  network.last.establish();
  client.probe();
  await clock.advance(1_000);
  client.probe();
  assert.deepEqual(network.last.sentEvents, ['pusher:ping']);
  network.last.receive('pusher:pong', {});
  client.probe();
  assert.deepEqual(network.last.sentEvents, ['pusher:ping', 'pusher:ping']);
  await clock.advance(2_499);
  assert.equal(client.state, 'connected');
  await clock.advance(1);
  assert.equal(network.sockets.length, 2);
});

test('a ping of the server is answered', () => {
  const { client, network } = setUp();
  client.connect();
  network.last.establish();
  network.last.receive('pusher:ping', {});
  assert.deepEqual(network.last.sent, [{ event: 'pusher:pong', data: {} }]);
});

test('waking up retries at once and makes a connected socket prove itself', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  network.last.drop();
  client.wake();
  assert.equal(network.sockets.length, 2);
  network.last.establish();
  client.wake();
  assert.deepEqual(network.last.sentEvents, ['pusher:ping']);
  await clock.advance(3_000);
  assert.equal(network.sockets.length, 3);
});

test('a refused channel is reported and leaves the connection alone', async () => {
  const { client, network, control } = setUp();
  const errors: unknown[] = [];
  client.events.on('subscription_error', (error) => errors.push(error));
  control.authorize = () => ({ 'private-a': { auth: 'k:s' } });
  client.connect();
  network.last.establish();
  client.subscribe('private-a');
  client.subscribe('private-b');
  await settle();
  network.last.receive('pusher:subscription_error', { type: 'AuthError', error: 'bad signature', status: 401 }, 'private-a');
  assert.deepEqual(errors, [
    { channel: 'private-b', status: 403, reason: 'not authorized' },
    { channel: 'private-a', status: 401, reason: 'bad signature' },
  ]);
  assert.equal(client.state, 'connected');
});

test('an authorization that failed for the moment is repeated', async () => {
  const { client, network, control, clock, authorized } = setUp();
  const grant = control.authorize;
  control.authorize = () => {
    throw new ApiError('http', 'busy', { status: 503, retryAfter: 3 });
  };
  client.connect();
  client.subscribe('private-a');
  network.last.establish();
  await settle();
  control.authorize = grant;
  await clock.advance(2_999);
  assert.equal(authorized.length, 1);
  await clock.advance(1);
  assert.deepEqual(network.last.sentEvents, ['pusher:subscribe']);
});

test('a late authorization of an old connection is not used on the new one', async () => {
  const { network, clock } = setUp();
  let answer: (grants: ChannelGrants) => void = () => {};
  const client = new PusherClient({
    url: 'ws://chat',
    authorize: () => new Promise((resolve) => (answer = resolve)),
    createSocket: network.createSocket,
    clock,
  });
  client.subscribe('private-a');
  client.connect();
  network.last.establish('1.1');
  await settle();
  const late = answer;
  network.last.drop();
  await clock.advance(1_000);
  network.last.establish('2.2');
  await settle();
  late({ 'private-a': { auth: 'old' } });
  await settle();
  assert.deepEqual(network.last.sentEvents, []);
});

test('client events are sent only with a subscription', async () => {
  const { client, network } = setUp();
  client.connect();
  network.last.establish();
  client.subscribe('private-a');
  assert.equal(client.trigger('private-a', 'client-typing', {}), false);
  await settle();
  network.last.succeed('private-a');
  assert.equal(client.trigger('private-a', 'client-typing', { typing: true }), true);
  assert.deepEqual(network.last.sent[1], { event: 'client-typing', channel: 'private-a', data: { typing: true } });
  client.unsubscribe('private-a');
  assert.equal(network.last.sentEvents[2], 'pusher:unsubscribe');
});

test('disconnecting is final until the next connect', async () => {
  const { client, network, clock } = setUp();
  client.connect();
  network.last.establish();
  client.disconnect();
  network.last.drop();
  await clock.advance(120_000);
  assert.equal(client.state, 'disconnected');
  assert.equal(network.sockets.length, 1);
  client.connect();
  assert.equal(network.sockets.length, 2);
});

test('the socket URL follows the configuration and falls back to the server itself', () => {
  const query = '?protocol=7&client=antiphon&version=1&flash=false';
  const address = { key: 'k', scheme: null, host: null, port: null };
  assert.equal(socketUrl(address, 'https://chat.example.com'), `wss://chat.example.com/app/k${query}`);
  assert.equal(socketUrl(address, 'http://localhost:8000'), `ws://localhost:8000/app/k${query}`);
  assert.equal(socketUrl(address, 'https://example.com/chat/'), `wss://example.com/chat/app/k${query}`);
  assert.equal(
    socketUrl({ key: 'k', scheme: 'http', host: 'ws.test', port: 8080 }, 'https://chat.example.com'),
    `ws://ws.test:8080/app/k${query}`,
  );
  assert.equal(
    socketUrl({ key: 'k', scheme: 'https', host: 'ws.test', port: null }, 'http://localhost:8000'),
    `wss://ws.test/app/k${query}`,
  );
});
