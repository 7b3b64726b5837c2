import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { Outbox, type OutboxItem } from '../../shared/outbox.ts';
import { MemoryStorage, type KeyValueStorage } from '../../shared/storage.ts';
import { FakeClock, settle } from './fakes.ts';

const offline = () => new ApiError('network', 'no network');
const http = (status: number, retryAfter: number | null = null) => new ApiError('http', `no ${status}`, { status, retryAfter });

function setUp(storage: KeyValueStorage = new MemoryStorage()) {
  const clock = new FakeClock();
  const attempts: OutboxItem[] = [];
  const acknowledged: string[] = [];
  /** Answers in order; when there is none left a send succeeds. */
  const failures: (ApiError | null)[] = [];
  let id = 0;
  const outbox = new Outbox<string>({
    send: async (item) => {
      attempts.push(item);
      const failure = failures.shift();
      if (failure) throw failure;
      return 'ok';
    },
    onSent: (item) => acknowledged.push(item.text),
    onChange: () => {},
    storage,
    storagePrefix: 'outbox',
    clock,
    newId: () => `id-${++id}`,
  });
  const tried = () => attempts.map((item) => item.text);
  return { clock, outbox, attempts, acknowledged, failures, tried, storage };
}

test('messages are sent one at a time in the order they were written', async () => {
  const { outbox, acknowledged } = setUp();
  for (const text of ['1', '2', '3']) outbox.enqueue(text);
  assert.deepEqual(acknowledged, []);
  outbox.start();
  await settle();
  assert.deepEqual(acknowledged, ['1', '2', '3']);
  assert.deepEqual(outbox.items, []);
});

test('without a network the queue waits, backs off and repeats with the same id', async () => {
  const { clock, outbox, attempts, failures, acknowledged, tried } = setUp();
  failures.push(offline(), offline());
  outbox.start();
  outbox.enqueue('1');
  outbox.enqueue('2');
  await settle();
  assert.deepEqual(tried(), ['1']);
  assert.deepEqual(outbox.pending.map((item) => item.delivery), ['waiting', 'sending']);
  await clock.advance(999);
  assert.equal(attempts.length, 1);
  await clock.advance(1);
  assert.equal(attempts.length, 2);
  await clock.advance(2_000);
  assert.deepEqual(tried(), ['1', '1', '1', '2']);
  assert.equal(new Set(attempts.slice(0, 3).map((item) => item.clientId)).size, 1);
  assert.deepEqual(acknowledged, ['1', '2']);
});

test('the network coming back ends the wait', async () => {
  const { outbox, failures, acknowledged } = setUp();
  failures.push(offline());
  outbox.start();
  outbox.enqueue('1');
  await settle();
  outbox.wake();
  await settle();
  assert.deepEqual(acknowledged, ['1']);
});

test('a pause the server asked for is kept even when woken', async () => {
  const { clock, outbox, failures, attempts, acknowledged } = setUp();
  failures.push(http(429, 20));
  outbox.start();
  outbox.enqueue('1');
  await settle();
  outbox.wake();
  await clock.advance(19_000);
  assert.equal(attempts.length, 1);
  await clock.advance(1_000);
  assert.deepEqual(acknowledged, ['1']);
});

test('a server error is repeated, a refusal is not and lets the next one go', async () => {
  const { clock, outbox, failures, acknowledged } = setUp();
  failures.push(http(503), http(422));
  outbox.start();
  outbox.enqueue('bad');
  outbox.enqueue('good');
  await clock.advance(1_000);
  assert.deepEqual(acknowledged, ['good']);
  assert.deepEqual(outbox.pending.map((item) => [item.text, item.delivery, item.error]), [['bad', 'failed', 'no 422']]);
});

test('the reason of a refusal is the most specific text there is', async () => {
  const { outbox, failures } = setUp();
  failures.push(new ApiError('http', 'Validation failed', { status: 422, details: { message: ['Too long.'] } }));
  outbox.start();
  outbox.enqueue('x');
  await settle();
  assert.equal(outbox.pending[0]?.error, 'Too long.');
});

test('a failed message is sent again on request, as the newest, with its id', async () => {
  const { clock, outbox, failures, attempts, acknowledged } = setUp();
  failures.push(http(409));
  outbox.start();
  const item = outbox.enqueue('1');
  await settle();
  await clock.advance(10);
  outbox.retry(item.clientId);
  await settle();
  assert.deepEqual(acknowledged, ['1']);
  assert.deepEqual(attempts.map((attempt) => attempt.clientId), ['id-1', 'id-1']);
});

test('a reload sends what was not acknowledged, in order and with the same ids', async () => {
  const before = setUp();
  before.failures.push(offline());
  before.outbox.start();
  before.outbox.enqueue('1');
  before.outbox.enqueue('2');
  await settle();
  before.outbox.stop();
  const after = setUp(before.storage);
  after.outbox.start();
  await settle();
  assert.deepEqual(after.attempts.map((item) => [item.clientId, item.text]), [['id-1', '1'], ['id-2', '2']]);
  assert.deepEqual(after.storage.keys(''), []);
});

test('a failed message is still failed after a reload', async () => {
  const before = setUp();
  before.failures.push(http(422));
  before.outbox.start();
  before.outbox.enqueue('1');
  await settle();
  const after = setUp(before.storage);
  after.outbox.start();
  await settle();
  assert.equal(after.attempts.length, 0);
  assert.equal(after.outbox.pending[0]?.delivery, 'failed');
});

test('what is unreadable in storage is dropped', () => {
  const storage = new MemoryStorage();
  storage.set('outbox:a', '{"clientId":1}');
  storage.set('outbox:b', 'nonsense');
  const { outbox } = setUp(storage);
  assert.deepEqual(outbox.items, []);
  assert.deepEqual(storage.keys(''), []);
});

test('a message that turned out to be on the server is not sent again', async () => {
  const { clock, outbox, failures, attempts } = setUp();
  failures.push(offline());
  outbox.start();
  const item = outbox.enqueue('1');
  await settle();
  outbox.remove(item.clientId);
  await clock.advance(60_000);
  assert.equal(attempts.length, 1);
});
