import assert from 'node:assert/strict';
import { test } from 'node:test';
import type Echo from 'laravel-echo';
import type Pusher from 'pusher-js';
import { resume, type EchoLike, type PusherLike } from '../../resume/resume.ts';

type Fields = Record<string, unknown>;
const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const at = (serial: number, epoch = 'aaaaaaaa') => `${epoch}-${serial.toString(16).padStart(12, '0')}`;

/** Hands frames on as pusher-js's transport does; what comes out is what its other parts would see. */
class FakeTransport {
  readonly passed: Fields[] = [];

  emit(event: string, frame?: { data?: unknown }): this {
    if (event === 'message') this.passed.push(JSON.parse(String(frame?.data)) as Fields);
    return this;
  }
}

/** The surface of pusher-js that the plug-in touches. Frames that it would send are in `sent`. */
class FakePusher {
  readonly sent: Fields[] = [];
  readonly known = new Map<string, { name: string; pending: boolean }>();
  readonly connection: { socket_id?: string; connection: { transport: FakeTransport | null } | null } = { connection: null };
  private sockets = 0;

  connect(): FakeTransport {
    const transport = new FakeTransport();
    this.sockets += 1;
    this.connection.socket_id = `${this.sockets}.${this.sockets}`;
    this.connection.connection = { transport };
    for (const name of this.known.keys()) this.subscribe(name);
    return transport;
  }

  subscribe(name: string): void {
    this.known.set(name, { name, pending: false });
    this.send_event('pusher:subscribe', { auth: '', channel: name });
  }

  channel(name: string): unknown {
    return this.known.get(name);
  }

  allChannels(): { name: string }[] {
    return [...this.known.values()];
  }

  unsubscribe(name: string): void {
    if (!this.known.get(name)?.pending) this.known.delete(name);
  }

  send_event(event: string, data: any): boolean {
    this.sent.push({ event, ...data });
    return true;
  }

  receive(event: string, channel: string, fields: Fields = {}, transport = this.connection.connection?.transport): void {
    transport?.emit('message', { data: JSON.stringify({ event, channel, data: '{"id":"inside"}', ...fields }) });
  }

  /** What the latest subscription said about where to go on. */
  get resumed(): unknown[] {
    const { resume_after: after, resume_socket_id: socket } = this.sent.at(-1) ?? {};
    return [after, socket];
  }
}

function setUp(...channels: string[]) {
  const pusher = new FakePusher();
  assert.equal(resume(pusher), true);
  const transport = pusher.connect();
  for (const name of channels) pusher.subscribe(name);
  const events = (of = transport) => of.passed.map(({ event }) => event);
  return { pusher, transport, events };
}

test('a first subscription is as it always was', () => {
  const { pusher } = setUp('orders');
  assert.deepEqual(pusher.sent, [{ event: 'pusher:subscribe', auth: '', channel: 'orders' }]);
});

test('a subscription after a reconnect goes on after the last event, of each channel', () => {
  const { pusher } = setUp('orders', 'news');
  pusher.receive(SUCCEEDED, 'orders', { id: at(1) });
  pusher.receive(SUCCEEDED, 'news', { id: at(1) });
  pusher.receive('shipped', 'orders', { id: at(2) });
  pusher.receive('shipped', 'orders', { id: at(9) });
  pusher.connect();
  assert.deepEqual(pusher.sent.slice(2), [
    { event: 'pusher:subscribe', auth: '', channel: 'orders', resume_after: at(9), resume_socket_id: '1.1' },
    { event: 'pusher:subscribe', auth: '', channel: 'news', resume_after: at(1), resume_socket_id: '1.1' },
  ]);
});

test('a lost connection on which the channel was not subscribed in time changes nothing', () => {
  const { pusher } = setUp('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(4) });
  pusher.connect();
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(4), '1.1']);
});

test('a recovered subscription is still where it was until its missed events have come', () => {
  const { pusher } = setUp('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(1) });
  const { passed } = pusher.connect();
  pusher.receive(SUCCEEDED, 'orders', { id: at(7), recovered: true });
  pusher.receive('shipped', 'orders', { id: at(3) });
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(3), '2.2'], 'the connection was lost in the middle of the missed events');
  assert.deepEqual(passed.map(({ id }) => id), [at(7), at(3)]);
});

test('after a gap that was too long the channel goes on where its new subscription begins', () => {
  const { pusher, events } = setUp('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(90) });
  const transport = pusher.connect();
  pusher.receive(SUCCEEDED, 'orders', { id: at(2, 'bbbbbbbb'), recovered: false });
  pusher.receive('pusher:resync', 'orders');
  pusher.receive('shipped', 'orders', { id: at(3, 'bbbbbbbb') });
  assert.deepEqual(events(transport), [SUCCEEDED, 'pusher:resync', 'shipped']);
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(3, 'bbbbbbbb'), '2.2']);
});

test('a connection that ends before the page was told to fetch its state anew leaves that to the next one', () => {
  const { pusher } = setUp('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(90) });
  pusher.connect();
  pusher.receive(SUCCEEDED, 'orders', { id: at(2, 'bbbbbbbb'), recovered: false });
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(90), '2.2'], 'the server says once more that it is not recovered');
  pusher.receive(SUCCEEDED, 'orders', { id: at(4, 'bbbbbbbb'), recovered: false });
  pusher.receive('pusher:resync', 'orders');
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(4, 'bbbbbbbb'), '3.3'], 'now the page knows');
});

test('an event that came before is dropped, and nothing else is', () => {
  const { pusher, transport } = setUp('orders', 'news');
  pusher.receive(SUCCEEDED, 'orders', { id: at(0x0f) });
  const ids = [at(0x0f), at(0x10), at(0x10), at(0x0e), at(0xff), at(0x100), at(1, 'bbbbbbbb')];
  for (const id of ids) pusher.receive('shipped', 'orders', { id });
  pusher.receive('shipped', 'news', { id: at(0x10) });
  pusher.receive('client-typing', 'orders');
  pusher.receive('client-typing', 'orders');
  assert.deepEqual(
    transport.passed.map(({ channel, event, id }) => [channel, event, id]),
    [
      ['orders', SUCCEEDED, at(0x0f)],
      ['orders', 'shipped', at(0x10)],
      ['orders', 'shipped', at(0xff)],
      ['orders', 'shipped', at(0x100)],
      ['orders', 'shipped', at(1, 'bbbbbbbb')],
      ['news', 'shipped', at(0x10)],
      ['orders', 'client-typing', undefined],
      ['orders', 'client-typing', undefined],
    ],
  );
});

test('a channel that is unsubscribed is forgotten, also while there is no connection', () => {
  const { pusher } = setUp('orders', 'news');
  for (const name of ['orders', 'news']) pusher.receive(SUCCEEDED, name, { id: at(1) });
  pusher.unsubscribe('orders');
  pusher.receive('still-on-its-way', 'orders', { id: at(2) });
  pusher.subscribe('orders');
  assert.deepEqual(pusher.resumed, [undefined, undefined]);

  pusher.connection.connection = null;
  pusher.unsubscribe('news');
  pusher.connect();
  pusher.subscribe('news');
  assert.deepEqual(pusher.resumed, [undefined, undefined]);
});

test('a subscription that was cancelled and wanted again before its answer keeps its position', () => {
  const { pusher } = setUp('orders');
  const orders = pusher.known.get('orders');
  assert.ok(orders);
  orders.pending = true;
  pusher.unsubscribe('orders');
  orders.pending = false;
  pusher.receive(SUCCEEDED, 'orders', { id: at(5) });
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(5), '1.1']);
});

test('frames of a connection that was given up were not seen by anybody', () => {
  const { pusher, transport } = setUp('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(1) });
  pusher.connection.connection = null;
  pusher.receive('shipped', 'orders', { id: at(2) }, transport);
  pusher.connect();
  pusher.receive('shipped', 'orders', { id: at(3) }, transport);
  assert.equal(transport.passed.length, 3, 'they are handed on as always');
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(1), '1.1']);
});

test('what is no frame of ours passes untouched', () => {
  const { pusher } = setUp('orders');
  const seen: unknown[] = [];
  const transport = { emit: (event: string, frame?: unknown) => seen.push([event, frame]) };
  pusher.connection.connection = { transport: transport as unknown as FakeTransport };
  pusher.subscribe('orders');
  const frames = [undefined, {}, { data: new ArrayBuffer(1) }, { data: '"id"' }, { data: '{"id"' }, { data: '{"id":7,"channel":"orders"}' }];
  for (const frame of frames) transport.emit('message', frame);
  transport.emit('closed', { data: 'x' });
  assert.deepEqual(seen, [...frames.map((frame) => ['message', frame]), ['closed', { data: 'x' }]]);
});

test('several instances do not know of each other, and a second call changes nothing', () => {
  const [one, two] = [setUp('orders'), setUp('orders')];
  assert.equal(resume(one.pusher), true);
  one.pusher.receive(SUCCEEDED, 'orders', { id: at(1) });
  one.pusher.receive('shipped', 'orders', { id: at(2) });
  assert.deepEqual(one.events(), [SUCCEEDED, 'shipped']);
  one.pusher.connect();
  two.pusher.connect();
  assert.deepEqual(one.pusher.resumed, [at(2), '1.1']);
  assert.deepEqual(two.pusher.resumed, [undefined, undefined]);
});

test('called late, it begins with the next event', () => {
  const pusher = new FakePusher();
  pusher.connect();
  pusher.subscribe('orders');
  assert.equal(resume(pusher), true);
  pusher.receive('shipped', 'orders', { id: at(6) });
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(6), '1.1']);
});

test('a connection that cannot be read along is not resumed from, and neither is the one after it', () => {
  const { pusher } = setUp('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(1) });
  pusher.connection.connection = { transport: null };
  pusher.subscribe('orders');
  assert.deepEqual(pusher.resumed, [undefined, undefined]);
  pusher.connect();
  assert.deepEqual(pusher.resumed, [undefined, undefined]);
});

test('what is not pusher-js is left alone', () => {
  for (const strange of [{}, { connector: {} }, { connection: {}, channel() {}, send_event() {}, unsubscribe() {} }]) {
    const before = Object.entries(strange);
    assert.equal(resume(strange as unknown as PusherLike), false);
    assert.deepEqual(Object.entries(strange), before);
  }
});

test('Echo is taken for the pusher-js inside of it', () => {
  const pusher = new FakePusher();
  assert.equal(resume({ connector: { pusher } }), true);
  pusher.connect();
  pusher.subscribe('orders');
  pusher.receive(SUCCEEDED, 'orders', { id: at(1) });
  pusher.connect();
  assert.deepEqual(pusher.resumed, [at(1), '1.1']);
});

/** Checked by the compiler: the types of both packages fit. */
export const accepts = (pusher: Pusher, echo: Echo<'reverb'>): [PusherLike, EchoLike] => [pusher, echo];
