import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationRows } from '../../inbox/state/conversation-rows.ts';
import { listQuery, micros, type ListQuery } from '../../inbox/state/list-query.ts';
import { at, OWN_ID, row } from './inbox-server.ts';

const OPEN = listQuery({});
const CLOSED = listQuery({ status: 'closed' });
const ALL = listQuery({ status: 'all' });

const ids = (rows: ConversationRows, query: ListQuery) => rows.select(query).map(({ id }) => id);
/** A conversation whose newest message was in this second of the day. */
const said = (id: number, second: number, fields = {}) => row(id, second, { last_message_at: at(second), ...fields });

test('a row is shown in the state of its highest revision, whatever order the states arrive in', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.applyPage(OPEN, [row(1, 5, { visitor_name: 'new' })], null, 5);
  assert.equal(rows.merge(row(1, 4, { visitor_name: 'old' })), false);
  assert.equal(rows.merge(row(1, 5, { visitor_name: 'repeat' })), false);
  assert.equal(rows.get(1)?.visitor_name, 'new');
  assert.equal(rows.merge(row(1, 6, { visitor_name: 'newer' })), true);
  assert.deepEqual(rows.select(OPEN).map((shown) => shown.visitor_name), ['newer']);
});

test('each order is the server\u2019s', () => {
  const rows = new ConversationRows(OWN_ID);
  const page = [
    row(1, 1, { last_message_at: at(10), waiting_since: at(9), priority: 'low' }),
    row(2, 2, { last_message_at: at(30), waiting_since: null, priority: null }),
    row(3, 3, { last_message_at: at(20), waiting_since: at(5), priority: 'urgent' }),
    row(4, 4, { last_message_at: at(20), waiting_since: null, priority: 'low' }),
  ];
  for (const one of page) rows.merge(one);
  const order = (sort: ListQuery['sort']) => ids(rows, listQuery({ sort }));
  assert.deepEqual(order('newest'), [2, 4, 3, 1]);
  assert.deepEqual(order('oldest'), [1, 3, 4, 2]);
  assert.deepEqual(order('waiting'), [3, 1, 2, 4]);
  assert.deepEqual(order('priority'), [3, 4, 1, 2]);
  rows.merge(row(1, 5, { last_message_at: at(10), unread_count: 3, priority: 'low' }));
  assert.deepEqual(order('newest'), [2, 4, 3, 1], 'being unread does not move a row');
});

test('times are compared to the microsecond, as the server does', () => {
  assert.equal(micros('2026-01-01T00:00:00.123456Z') - micros('2026-01-01T00:00:00.123Z'), 456);
  assert.equal(micros('2026-01-01T00:00:00.1234Z') - micros('2026-01-01T00:00:00.123Z'), 400);
  assert.equal(micros('2026-01-01T00:00:00Z') % 1_000_000, 0);
});

test('filters combine, and a row enters and leaves lists as it changes', () => {
  const rows = new ConversationRows(OWN_ID);
  const mine = { assigned_to: { id: OWN_ID, name: 'Ada' } };
  rows.merge(said(1, 1, { ...mine, label_ids: [4] }));
  rows.merge(said(2, 2, { team: { id: 9, name: 'Sales' }, priority: 'high' }));
  rows.merge(said(3, 3, { status: 'snoozed', unread_count: 2, widget_id: 5 }));
  const found = (change: Partial<ListQuery>) => ids(rows, listQuery({ status: 'all', ...change }));
  assert.deepEqual(found({ assignee: 'me' }), [1]);
  assert.deepEqual(found({ assignee: 'none' }), [3, 2]);
  assert.deepEqual(found({ assignee: 'any', label: 4 }), [1]);
  assert.deepEqual(found({ assignee: 'any', label: 5 }), []);
  assert.deepEqual(found({ team: 9 }), [2]);
  assert.deepEqual(found({ team: 'none' }), [3, 1]);
  assert.deepEqual(found({ priority: 'none' }), [3, 1]);
  assert.deepEqual(found({ unread: true, widget: 5 }), [3]);
  assert.deepEqual([ids(rows, OPEN), ids(rows, listQuery({ status: 'snoozed' }))], [[2, 1], [3]]);
  rows.merge(said(1, 4, { ...mine, status: 'closed' }));
  assert.deepEqual([ids(rows, OPEN), ids(rows, CLOSED), found({ label: 4 })], [[2], [1], []]);
});

test('a row beyond what was paged to is kept back until paging gets there', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.applyPage(OPEN, [said(1, 20), said(2, 15)], 'c1', 20);
  rows.merge(said(3, 5));
  assert.deepEqual(ids(rows, OPEN), [1, 2]);
  assert.ok(rows.get(3), 'it can be opened by its address all the same');
  assert.equal(rows.pageCursor(OPEN), 'c1');
  rows.applyPage(OPEN, [said(4, 10), said(3, 5)], null, 20);
  assert.deepEqual(ids(rows, OPEN), [1, 2, 4, 3]);
  assert.equal(rows.hasMore(OPEN), false);
});

test('a page that arrives after a newer event does not undo it', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.merge(row(1, 30, { visitor_name: 'event' }));
  rows.applyPage(OPEN, [row(2, 25), row(1, 20, { visitor_name: 'page' })], null, 25);
  assert.equal(rows.get(1)?.visitor_name, 'event');
});

test('an empty first page means that there is nothing', () => {
  const rows = new ConversationRows(OWN_ID);
  assert.equal(rows.isLoaded(OPEN), false);
  assert.equal(rows.pageCursor(OPEN), null);
  rows.applyPage(OPEN, [], null, 0);
  assert.deepEqual([rows.isLoaded(OPEN), rows.hasMore(OPEN)], [true, false]);
});

test('a row that a page should have and has not is forgotten, unless it is newer than the page', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.applyPage(OPEN, [said(1, 20), said(2, 15), said(5, 12)], null, 20);
  rows.restartPaging();
  rows.merge(said(4, 95));
  rows.assume(5, { priority: 'high' });
  rows.applyPage(OPEN, [said(3, 90), row(1, 80, { last_message_at: at(20) })], null, 90);
  assert.deepEqual(ids(rows, OPEN), [4, 3, 1, 5], '4 came later than the page, 5 is being changed');
  assert.equal(rows.get(2), null);
});

test('a change that the server has not answered lies over whatever comes meanwhile', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.applyPage(ALL, [said(1, 1), said(2, 2)], null, 2);
  const first = rows.assume(1, { status: 'closed' });
  const second = rows.assume(1, { priority: 'urgent' });
  rows.merge(said(1, 3, { unread_count: 1 }));
  const { status, priority, unread_count: unread } = rows.get(1) ?? {};
  assert.deepEqual({ status, priority, unread }, { status: 'closed', priority: 'urgent', unread: 1 });
  assert.deepEqual([ids(rows, OPEN), ids(rows, CLOSED)], [[2], [1]]);
  first();
  second();
  second();
  assert.deepEqual(ids(rows, OPEN), [1, 2]);
});

test('open conversations with something unread are counted once each', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.applyPage(ALL, [row(1, 3, { unread_count: 7 }), row(2, 2), row(3, 1, { unread_count: 1, status: 'closed' })], null, 3);
  assert.equal(rows.unreadConversations, 1);
  rows.merge(row(1, 4));
  assert.equal(rows.unreadConversations, 0);
});

test('the selection is the same array until something changes', () => {
  const rows = new ConversationRows(OWN_ID);
  rows.applyPage(OPEN, [row(1, 1)], null, 1);
  const before = rows.select(OPEN);
  assert.equal(rows.select(OPEN), before);
  rows.merge(row(1, 2));
  assert.notEqual(rows.select(OPEN), before);
});

test('fifty thousand rows take changes as they come', () => {
  const rows = new ConversationRows(OWN_ID);
  const page = Array.from({ length: 50_000 }, (_, index) => said(index + 1, 60_000 - index));
  rows.applyPage(OPEN, page, null, 60_000);
  const start = performance.now();
  for (let change = 1; change <= 200; change += 1) {
    rows.merge(said(25_000 + change, 60_000 + change));
    assert.equal(rows.select(OPEN)[0]?.id, 25_000 + change);
  }
  const each = (performance.now() - start) / 200;
  assert.ok(each < 20, `${each.toFixed(1)} ms for one change`);
});
