import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { Echo } from '../../shared/echo.ts';
import { Realtime } from '../../shared/realtime.ts';
import type { RealtimeConfig } from '../../shared/types.ts';
import { FakeClock, FakeLog, FakeNetwork, settle, type FakeSocket } from './fakes.ts';

const CHANNEL = 'private-chat.conversation.1';
const REVERB: RealtimeConfig = {
  providers: ['reverb', 'polling'],
  reverb: { enabled: true, key: 'r', host: null, port: null, scheme: null },
};
const BOTH: RealtimeConfig = {
  ...REVERB,
  providers: ['pusher', 'reverb', 'polling'],
  pusher: { enabled: true, key: 'p', cluster: 'eu', encrypted: true },
};

function setUp(config: RealtimeConfig = REVERB) {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const log = new FakeLog();
  const control = { refuse: false };
  const realtime = new Realtime({
    config,
    baseUrl: 'https://chat.test',
    authorize: async (_socketId, channels) => {
      if (control.refuse) throw new ApiError('http', 'Forbidden', { status: 403 });
      return Object.fromEntries(channels.map((name) => [name, { auth: 'k:s' }]));
    },
    createSocket: network.createSocket,
    clock,
    log,
  });
  const statuses: string[] = [];
  realtime.events.on('status', ({ provider, connected }) => statuses.push(`${provider} ${connected}`));
  return { clock, network, log, realtime, statuses, control };
}

async function bringUp(socket: FakeSocket, socketId = '1.1'): Promise<void> {
  socket.establish(socketId);
  await settle();
  socket.succeed(CHANNEL);
  await settle();
}

test('Reverb comes up and says so in the two lines of the console contract', async () => {
  const { realtime, network, log, statuses } = setUp();
  const channel = realtime.channel(CHANNEL);
  realtime.start();
  assert.equal(network.last.url, 'wss://chat.test/app/r?protocol=7&client=antiphon&version=1&flash=false');
  await bringUp(network.last);
  assert.deepEqual(log.lines, [
    '✓ Reverb real-time connected',
    '✓ Subscribed to real-time channel: chat.conversation.1 via reverb',
  ]);
  assert.deepEqual(statuses, ['reverb true']);
  assert.equal(channel.live, true);
  assert.equal(realtime.socketId, '1.1');
});

test('without a configured socket there is only polling', () => {
  const { realtime, network, statuses } = setUp({ providers: ['pusher', 'reverb', 'polling'], reverb: null });
  realtime.start();
  assert.deepEqual(statuses, ['polling false']);
  assert.equal(network.sockets.length, 0);
});

test('a socket that does not answer is passed over after two seconds and still wins later', async () => {
  const { realtime, network, clock, statuses } = setUp();
  const channel = realtime.channel(CHANNEL);
  realtime.start();
  await clock.advance(1_999);
  assert.deepEqual(statuses, []);
  await clock.advance(1);
  assert.deepEqual(statuses, ['polling false']);
  assert.equal(channel.live, false);
  await bringUp(network.last);
  assert.deepEqual(statuses, ['polling false', 'reverb true']);
  assert.equal(channel.live, true);
});

test('with Pusher and Reverb both silent, polling begins within three seconds', async () => {
  const { realtime, network, clock, statuses } = setUp(BOTH);
  realtime.channel(CHANNEL);
  realtime.start();
  await clock.advance(3_000);
  assert.deepEqual(network.sockets.map((socket) => new URL(socket.url).host), ['ws-eu.pusher.com', 'chat.test']);
  assert.deepEqual(statuses, ['polling false']);
});

test('a failed provider hands over at once, is logged once and is moved up to again', async () => {
  const { realtime, network, clock, statuses, log } = setUp(BOTH);
  realtime.channel(CHANNEL);
  realtime.start();
  network.sockets[0]!.drop();
  await bringUp(network.sockets[1]!);
  assert.deepEqual(statuses, ['reverb true']);
  for (const delay of [1_000, 2_000, 4_000]) {
    await clock.advance(delay);
    network.last.drop();
  }
  assert.equal(log.lines.filter((line) => line.startsWith('! Pusher')).length, 1);
  await clock.advance(8_000);
  await bringUp(network.last, '9.9');
  assert.deepEqual(statuses, ['reverb true', 'pusher true']);
  assert.equal(realtime.socketId, '9.9');
  assert.equal(network.sockets[1]!.closedWith, 1000);
});

test('a socket that drops is replaced by polling in the same instant', async () => {
  const { realtime, network, clock, statuses, log } = setUp();
  const channel = realtime.channel(CHANNEL);
  const live: boolean[] = [];
  channel.onLive((value) => live.push(value));
  realtime.start();
  await bringUp(network.last);
  network.last.drop();
  assert.deepEqual(statuses, ['reverb true', 'polling false']);
  assert.deepEqual(live, [true, false]);
  await clock.advance(1_000);
  await bringUp(network.last, '2.2');
  assert.deepEqual(statuses, ['reverb true', 'polling false', 'reverb true']);
  assert.deepEqual(live, [true, false, true]);
  assert.equal(log.lines.filter((line) => line.startsWith('!')).length, 1);
});

test('a server that refuses for good leaves polling in charge', async () => {
  const { realtime, network, clock, statuses } = setUp();
  realtime.channel(CHANNEL);
  realtime.start();
  network.last.drop(4001);
  await clock.advance(300_000);
  assert.deepEqual(statuses, ['polling false']);
  assert.equal(network.sockets.length, 1);
});

test('a connection that may join no channel does not count as up', async () => {
  const { realtime, network, statuses, control, log } = setUp();
  control.refuse = true;
  realtime.channel(CHANNEL);
  realtime.start();
  network.last.establish();
  await settle();
  assert.deepEqual(statuses, ['polling false']);
  assert.match(log.lines[1] ?? '', /^! Reverb real-time unavailable: channel refused: Forbidden/);
});

test('waking up retries the socket at once', () => {
  const { realtime, network } = setUp();
  realtime.channel(CHANNEL);
  realtime.start();
  network.last.drop();
  assert.equal(network.sockets.length, 1);
  realtime.wake();
  assert.equal(network.sockets.length, 2);
});

test('stopping closes everything and starting again brings the channels back', async () => {
  const { realtime, network, clock } = setUp();
  const channel = realtime.channel(CHANNEL);
  realtime.start();
  await bringUp(network.last);
  realtime.stop();
  assert.equal(channel.live, false);
  await clock.advance(60_000);
  assert.equal(network.sockets.length, 1);
  realtime.start();
  await bringUp(network.last);
  assert.equal(channel.live, true);
});

test('Echo listens to plain, namespaced and whispered events', async () => {
  const { realtime, network } = setUp();
  const echo = new Echo(realtime);
  const heard: unknown[] = [];
  const listener = (data: unknown) => heard.push(data);
  echo
    .private('chat.conversation.1')
    .listen('.ChatMessageReceived', listener)
    .listen('Order.Shipped', listener)
    .listenForWhisper('typing', listener);
  realtime.start();
  await bringUp(network.last);
  network.last.receive('ChatMessageReceived', { id: 1 }, CHANNEL);
  network.last.receive('App\\Events\\Order\\Shipped', { id: 2 }, CHANNEL);
  network.last.receive('client-typing', { typing: true }, CHANNEL);
  network.last.receive('ChatMessageReceived', { id: 3 }, 'private-other');
  assert.deepEqual(heard, [{ id: 1 }, { id: 2 }, { typing: true }]);
  echo.private('chat.conversation.1').stopListening('.ChatMessageReceived', listener);
  network.last.receive('ChatMessageReceived', { id: 4 }, CHANNEL);
  assert.equal(heard.length, 3);
});

test('Echo gives the socket with state as an alias, its id, and whispers', async () => {
  const { realtime, network } = setUp();
  const echo = new Echo(realtime);
  assert.equal(echo.connector.socket.readyState, 3);
  assert.equal(echo.socketId(), undefined);
  const channel = echo.private('chat.conversation.1');
  realtime.start();
  await bringUp(network.last);
  assert.equal(echo.connector.socket, network.last as unknown);
  assert.equal(echo.connector.socket.state, 1);
  assert.equal(echo.socketId(), '1.1');
  assert.equal(echo.connector.pusher.connection.state, 'connected');
  channel.whisper('typing', { typing: true });
  assert.deepEqual(network.last.sent[1], { event: 'client-typing', channel: CHANNEL, data: { typing: true } });
});

test('leaving with Echo does not take the channel from the chat', async () => {
  const { realtime, network } = setUp();
  const echo = new Echo(realtime);
  const own = realtime.channel(CHANNEL);
  const heard: unknown[] = [];
  echo.private('chat.conversation.1').listen('.X', (data) => heard.push(data));
  realtime.start();
  await bringUp(network.last);
  echo.leave('chat.conversation.1');
  network.last.receive('X', {}, CHANNEL);
  assert.deepEqual(heard, []);
  assert.equal(own.live, true);
  own.release();
  assert.deepEqual(network.last.sentEvents, ['pusher:subscribe', 'pusher:unsubscribe']);
});

test('a listener that throws stops nobody else', async (context) => {
  context.mock.method(console, 'error', () => {});
  const { realtime, network } = setUp();
  const heard: unknown[] = [];
  const channel = realtime.channel(CHANNEL);
  channel.bind('X', () => {
    throw new Error('broken');
  });
  channel.bind('X', (data) => heard.push(data));
  realtime.start();
  await bringUp(network.last);
  network.last.receive('X', { a: 1 }, CHANNEL);
  assert.deepEqual(heard, [{ a: 1 }]);
});
