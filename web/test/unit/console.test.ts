import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppCounts, OverviewAnswer } from '../../console/console-api.ts';
import { bytesText, count, duration, plural, pretty, rate } from '../../console/format.ts';
import { hrefOf, ofApp, parseRoute, parseSearch, searchText, type Route } from '../../console/routes.ts';
import { extend, KEPT, type History } from '../../console/state/rates.ts';
import { select, type TailGroup } from '../../console/state/tail-filter.ts';
import { MAX_ROWS, Tail, type Source, type TailEvent } from '../../console/state/tail.ts';

const parse = (address: string) => parseRoute(new URL(address, 'https://ws.test'));

test('every route is found again at its own address', () => {
  const routes: Route[] = [
    { page: 'overview', app: null },
    { page: 'overview', app: '1' },
    { page: 'channels', app: 'my app', search: '' },
    { page: 'channels', app: '1', search: 'a&b=c' },
    { page: 'channel', app: '1', name: 'private-a.b,c;d@e=f' },
    { page: 'channel', app: '1', name: '#server-to-user-7' },
    { page: 'connections', app: '1', find: {} },
    { page: 'connections', app: '1', find: { socket_id: '1.2' } },
    { page: 'connections', app: '1', find: { channel: 'a' } },
    { page: 'live', app: 'api' },
    { page: 'send', app: '1' },
    { page: 'webhooks', app: '1' },
  ];
  for (const route of routes) assert.deepEqual(parse(hrefOf(route)), route);
});

test('addresses that mean nothing are unknown', () => {
  for (const path of ['/console/x', '/console/apps', '/console/apps/1/x', '/console/apps/1/live/x', '/console/apps/%ff', '/consoles']) {
    assert.equal(parse(path).page, 'unknown', path);
  }
});

test('another application is shown the same page, as far as it has it', () => {
  assert.deepEqual(ofApp({ page: 'live', app: '1' }, '2'), { page: 'live', app: '2' });
  assert.deepEqual(ofApp({ page: 'channel', app: '1', name: 'a' }, '2'), { page: 'channels', app: '2', search: '' });
});

test('what is typed finds a socket, a user, or a channel', () => {
  for (const [text, find] of [
    ['', {}],
    [' 12.34 ', { socket_id: '12.34' }],
    ['#news', { channel: 'news' }],
    ['ada', { user_id: 'ada' }],
    ['7', { user_id: '7' }],
  ] as const) {
    assert.deepEqual(parseSearch(text), find);
    assert.equal(searchText(find), text.trim());
  }
});

test('numbers and times are short, and small rates are no zero', () => {
  assert.deepEqual([0, 999_999, 1_234_567].map(count), ['0', '999,999', '1.2M']);
  assert.deepEqual([0, 0.01, 0.5, 12.4, 123_456].map(rate), ['0', '<0.1', '0.5', '12', '123.5K']);
  assert.deepEqual([0, 999, 1_500, 250_000, 3e9].map(bytesText), ['0 B', '999 B', '1.5 KB', '250 KB', '3.0 GB']);
  assert.deepEqual([0, 61_000, 3_700_000, 90_000_000].map(duration), ['0 s', '1 min 1 s', '1 h 1 min', '1 d 1 h']);
  assert.deepEqual([plural(1, 'member'), plural(0, 'member')], ['1 member', '0 members']);
  assert.equal(pretty('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(pretty('no json'), 'no json');
});

function answer(uptimeMs: number, counts: Partial<AppCounts>): OverviewAnswer {
  const app = { id: '1', connections: 0, subscriptions: 0, messages_received: 0, messages_sent: 0, received_bytes: 0, sent_bytes: 0, ...counts };
  return { version: '', uptime_ms: uptimeMs, sockets: 0, waiting_bytes: 0, panics: 0, n_apps: 1, apps: [app as AppCounts] };
}

test('rates are differences by the clock of the server', () => {
  let history: History | null = extend(null, answer(1_000, { messages_sent: 500 }));
  assert.deepEqual(history.moments.get('1'), []);
  history = extend(history, answer(3_000, { messages_sent: 700, connections: 4 }));
  const [moment] = history.moments.get('1') ?? [];
  assert.equal(moment?.messagesOut, 100);
  assert.equal(moment?.connections, 4);
  assert.equal(extend(history, answer(3_000, { messages_sent: 700 })), history, 'the same moment');
});

test('a restart of the server begins the history again, and it is bounded', () => {
  let history: History | null = null;
  for (let second = 1; second <= KEPT + 10; second += 1) history = extend(history, answer(second * 1_000, { messages_sent: second }));
  assert.equal(history?.moments.get('1')?.length, KEPT);
  history = extend(history, answer(500, { messages_sent: 0 }));
  assert.deepEqual(history.moments.get('1'), []);
  assert.equal(extend(history, answer(1_500, { messages_sent: 3 })).moments.get('1')?.[0]?.messagesOut, 3);
});

class FakeSource implements Source {
  readyState = 1;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
  }

  tell(events: Partial<TailEvent>[], missed = 0): void {
    this.fire('message', JSON.stringify({ events, missed }));
  }

  fire(type: string, data = ''): void {
    this.listeners.get(type)?.({ data } as MessageEvent<string>);
  }
}

function opened(): { tail: Tail; source: FakeSource } {
  const source = new FakeSource();
  const tail = new Tail('/tail', () => source);
  tail.open();
  source.fire('open');
  return { tail, source };
}

const names = (tail: Tail) => tail.state.rows.map(({ event }) => event);

test('a tail shows the newest first and keeps a bounded number', () => {
  const { tail, source } = opened();
  assert.equal(tail.state.phase, 'open');
  source.tell([{ event: 'a' }, { event: 'b' }]);
  source.tell([{ event: 'c' }], 7);
  assert.deepEqual(names(tail), ['c', 'b', 'a']);
  assert.equal(tail.state.missed, 7);
  source.tell(Array.from({ length: MAX_ROWS }, () => ({ event: 'd' })));
  assert.equal(tail.state.rows.length, MAX_ROWS);
  assert.ok(!names(tail).includes('c'));
  tail.clear();
  assert.deepEqual([tail.state.rows.length, tail.state.missed], [0, 0]);
  tail.close();
  assert.ok(source.closed);
});

test('a paused tail stands still, and catches up afterwards', () => {
  const { tail, source } = opened();
  source.tell([{ event: 'a' }]);
  tail.pause();
  source.tell([{ event: 'b' }, { event: 'c' }]);
  assert.deepEqual(names(tail), ['a']);
  assert.equal(tail.state.held, 2);
  tail.resume();
  assert.deepEqual(names(tail), ['c', 'b', 'a']);
  assert.equal(tail.state.held, 0);
  tail.pause();
  source.tell(Array.from({ length: MAX_ROWS * 3 }, () => ({ event: 'x' })));
  assert.equal(tail.state.held, MAX_ROWS * 3);
  tail.resume();
  assert.equal(tail.state.rows.length, MAX_ROWS);
});

test('a tail that the browser reconnects is not opened twice', () => {
  let n = 0;
  const source = new FakeSource();
  const tail = new Tail('/tail', () => {
    n += 1;
    return source;
  });
  tail.open();
  source.readyState = 0;
  source.fire('error');
  assert.equal(tail.state.phase, 'lost');
  source.fire('open');
  assert.equal(tail.state.phase, 'open');
  assert.equal(n, 1);
});

test('rows are selected by kind and by words', () => {
  const { tail, source } = opened();
  source.tell([
    { type: 'published', event: 'order.created', channel: 'orders', data: '{"id":7}' },
    { type: 'requested', method: 'POST', target: '/apps/1/events', status: 401 },
    { type: 'sent', event: 'pusher:pong', socket_id: '1.2' },
  ]);
  const found = (hidden: TailGroup[], text: string) => select(tail.state.rows, new Set(hidden), text).map(({ type }) => type);
  assert.equal(select(tail.state.rows, new Set(), ' '), tail.state.rows);
  assert.deepEqual(found([], 'ORDER 7'), ['published']);
  assert.deepEqual(found([], '401'), ['requested']);
  assert.deepEqual(found(['frames', 'requests'], ''), ['published']);
  assert.deepEqual(found([], 'nowhere'), []);
});
