import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { Outbox, type OutboxItem } from '../../shared/outbox.ts';
import { KeyValueOutboxStore } from '../../shared/outbox-store.ts';
import { MemoryStorage, type KeyValueStorage } from '../../shared/storage.ts';
import { FakeClock, settle } from './fakes.ts';

const offline = () => new ApiError('network', 'no network');
const http = (status: number, retryAfter: number | null = null) => new ApiError('http', `no ${status}`, { status, retryAfter });

function setUp(storage: KeyValueStorage = new MemoryStorage(), name = 'id') {
  const clock = new FakeClock();
  const attempts: OutboxItem[] = [];
  const acknowledged: string[] = [];
  /** Answers in order; when there is none left a send succeeds. */
  const failures: (ApiError | null)[] = [];
  let id = 0;
  const others: Outbox<string>[] = [];
  const outbox = new Outbox<string>({
    share: (change) => others.forEach((other) => other.receive(structuredClone(change))),
    send: async (item) => {
      attempts.push(item);
      const failure = failures.shift();
      if (failure) throw failure;
      return 'ok';
    },
    onSent: (item) => acknowledged.push(item.text),
    onChange: () => {},
    store: new KeyValueOutboxStore(storage, 'outbox'),
    clock,
    newId: () => `${name}-${++id}`,
  });
  const tried = () => attempts.map((item) => item.text);
  const share = (other: Outbox<string>) => others.push(other);
  return { share, clock, outbox, attempts, acknowledged, failures, tried, storage };
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
  assert.deepEqual(outbox.pendingOf(null).map((item) => item.delivery), ['waiting', 'sending']);
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
  assert.deepEqual(outbox.pendingOf(null).map((item) => [item.text, item.delivery, item.error]), [['bad', 'failed', 'no 422']]);
});

test('the reason of a refusal is the most specific text there is', async () => {
  const { outbox, failures } = setUp();
  failures.push(new ApiError('http', 'Validation failed', { status: 422, details: { message: ['Too long.'] } }));
  outbox.start();
  outbox.enqueue('x');
  await settle();
  assert.equal(outbox.pendingOf(null)[0]?.error, 'Too long.');
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
  assert.equal(after.outbox.pendingOf(null)[0]?.delivery, 'failed');
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

test('a tab that does not send shows what the sending one does, and takes over where it stopped', async () => {
  const storage = new MemoryStorage();
  const [a, b] = [setUp(storage, 'a'), setUp(storage, 'b')];
  a.share(b.outbox);
  b.share(a.outbox);
  a.outbox.start();
  a.failures.push(offline(), offline());
  b.outbox.enqueue('from b');
  await settle();
  assert.deepEqual(a.tried(), ['from b']);
  assert.deepEqual(b.outbox.pendingOf(null).map((item) => item.delivery), ['waiting']);
  a.outbox.enqueue('from a');
  await settle();
  assert.deepEqual(b.outbox.items.map((item) => item.text), ['from b', 'from a']);
  a.outbox.stop();
  b.outbox.start();
  await settle();
  assert.deepEqual(b.tried(), ['from b', 'from a']);
  assert.equal(new Set([...a.attempts, ...b.attempts].map((item) => item.clientId)).size, 2);
  assert.deepEqual([a.outbox.items, b.outbox.items], [[], []]);
  assert.deepEqual(a.acknowledged, ['from b', 'from a'], 'the other tab hears of both');
});

test('messages of another conversation are sent there and not shown here', async () => {
  const { outbox, attempts } = setUp();
  outbox.enqueue('to five', 5);
  outbox.enqueue('to whichever comes first');
  assert.deepEqual(outbox.pendingOf(6).map((item) => item.text), ['to whichever comes first']);
  outbox.start();
  await settle();
  assert.deepEqual(attempts.map((item) => item.conversationId), [5, null]);
});

test('what a slow store answers comes before what was written meanwhile', async () => {
  const earlier = setUp();
  earlier.outbox.enqueue('old');
  let answer: (items: OutboxItem[]) => void = () => {};
  const store = {
    load: () => new Promise<OutboxItem[]>((resolve) => (answer = resolve)),
    save: () => {},
    remove: () => {},
  };
  const sent: string[] = [];
  const outbox = new Outbox<string>({
    send: async (item) => {
      sent.push(item.text);
      return 'ok';
    },
    onSent: () => {},
    onChange: () => {},
    store,
    clock: earlier.clock,
  });
  outbox.start();
  earlier.clock.jump(10);
  outbox.enqueue('new');
  await settle();
  assert.deepEqual(sent, []);
  answer([...earlier.outbox.items]);
  await settle();
  assert.deepEqual(sent, ['old', 'new']);
});

test('an upload reports its progress and survives where files can be kept', async () => {
  const seen: (number | null)[] = [];
  const store = new KeyValueOutboxStore(new MemoryStorage(), 'outbox');
  const outbox: Outbox<string> = new Outbox<string>({
    send: async (_item, progress) => {
      for (const share of [0.5, 0.505, 1]) progress(share);
      throw http(413);
    },
    onSent: () => {},
    onChange: () => seen.push(outbox?.items[0]?.progress ?? null),
    store,
    clock: new FakeClock(),
  });
  const upload = { kind: 'file' as const, files: [{ blob: new Blob(['x']), name: 'x.txt' }] };
  outbox.start();
  outbox.enqueue('', 1, upload);
  await settle();
  assert.deepEqual(seen.filter((share) => share !== null), [0, 0.5, 1]);
  assert.equal(outbox.items[0]?.failure?.status, 413);
  assert.equal(store.load()[0]?.upload?.files[0]?.name, 'x.txt');
});
