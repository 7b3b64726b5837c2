import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Presence } from '../../shared/presence.ts';
import { Realtime } from '../../shared/realtime.ts';
import type { RealtimeConfig } from '../../shared/types.ts';
import { FakeClock, FakeLog, FakeNetwork, settle, type FakeSocket } from './fakes.ts';

const CHANNEL = 'presence-chat.conversation.1';
const CONFIG: RealtimeConfig = {
  providers: ['pusher', 'reverb', 'polling'],
  reverb: { enabled: true, key: 'r', host: null, port: null, scheme: null },
  pusher: { enabled: true, key: 'p', cluster: 'eu', encrypted: true },
};

async function setUp() {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const realtime = new Realtime({
    config: CONFIG,
    baseUrl: 'https://chat.test',
    authorize: async (_socketId, channels) =>
      Object.fromEntries(channels.map((name) => [name, { auth: 'k:s', channel_data: '{"user_id":"1"}' }])),
    createSocket: network.createSocket,
    clock,
    log: new FakeLog(),
  });
  const presence = new Presence({ channel: realtime.channel(CHANNEL), self: { id: 1, name: 'Ana' }, clock });
  realtime.start();
  await clock.advance(2_000);
  const [pusher, reverb] = network.sockets as [FakeSocket, FakeSocket];
  return { clock, presence, pusher, reverb };
}

async function join(socket: FakeSocket, names: Record<string, string>): Promise<void> {
  socket.establish();
  await settle();
  const hash = Object.fromEntries(Object.entries(names).map(([id, name]) => [id, { name }]));
  const presence = { count: Object.keys(hash).length, ids: Object.keys(hash), hash };
  socket.receive('pusher_internal:subscription_succeeded', { presence }, CHANNEL);
  await settle();
}

const names = (presence: Presence) => presence.colleagues.map(({ name }) => name);

test('the first answer on a connection says who is there, and oneself is no colleague', async () => {
  const { presence, reverb } = await setUp();
  await join(reverb, { 1: 'Ana', 2: 'Bea' });
  assert.deepEqual(reverb.sent[0]?.data, { channel: CHANNEL, auth: 'k:s', channel_data: '{"user_id":"1"}' });
  assert.deepEqual(names(presence), ['Bea']);
  reverb.receive('pusher_internal:member_added', { user_id: '3', user_info: { name: 'Abe' } }, CHANNEL);
  assert.deepEqual(names(presence), ['Abe', 'Bea']);
  reverb.receive('pusher_internal:member_removed', { user_id: '2' }, CHANNEL);
  assert.deepEqual(names(presence), ['Abe']);
});

test('another connection says anew who is there', async () => {
  const { clock, presence, pusher, reverb } = await setUp();
  await join(reverb, { 2: 'Bea', 3: 'Cid' });
  assert.deepEqual(names(presence), ['Bea', 'Cid']);
  await join(pusher, { 3: 'Cid', 4: 'Dan' });
  await clock.advance(0);
  assert.deepEqual(names(presence), ['Cid', 'Dan']);
});

test('nobody is known to be there while no connection tells', async () => {
  const { clock, presence, reverb } = await setUp();
  await join(reverb, { 2: 'Bea' });
  reverb.drop();
  await clock.advance(0);
  assert.deepEqual(names(presence), []);
});

test('a colleague answers for five seconds after the last sign of it, and its name is the one that was vouched for', async () => {
  const { clock, presence, reverb } = await setUp();
  await join(reverb, { 2: 'Bea' });
  const answer = (id: number) => reverb.receive('client-answering', { agent_id: id, name: 'The boss' }, CHANNEL);
  answer(2);
  answer(9);
  assert.deepEqual(presence.answering, [{ id: 2, name: 'Bea' }]);
  await clock.advance(4_000);
  answer(2);
  await clock.advance(4_999);
  assert.equal(presence.answering.length, 1);
  await clock.advance(1);
  assert.deepEqual(presence.answering, []);
});

test('one tells sparingly that one answers', async () => {
  const { clock, presence, reverb } = await setUp();
  await join(reverb, { 2: 'Bea' });
  const told = () => reverb.sent.filter(({ event }) => event === 'client-answering').length;
  presence.tellAnswering();
  presence.tellAnswering();
  assert.equal(told(), 1);
  await clock.advance(3_000);
  presence.tellAnswering();
  assert.equal(told(), 2);
  assert.deepEqual(reverb.sent.at(-1)?.data, { agent_id: 1, name: 'Ana' });
});
