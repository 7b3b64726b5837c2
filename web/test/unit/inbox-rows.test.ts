import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationRows } from '../../inbox/state/conversation-rows.ts';
import type { ConversationFilter } from '../../inbox/inbox-api.ts';
import { at, row } from './inbox-server.ts';

const ids = (rows: ConversationRows, filter: ConversationFilter) => rows.select(filter).map(({ id }) => id);

test('a row is shown in the state of its highest revision, whatever order the states arrive in', () => {
  const rows = new ConversationRows();
  rows.applyPage('open', [row(1, 5, { visitor_name: 'new' })], false);
  assert.equal(rows.merge(row(1, 4, { visitor_name: 'old' })), false);
  assert.equal(rows.merge(row(1, 5, { visitor_name: 'repeat' })), false);
  assert.equal(rows.get(1)?.visitor_name, 'new');
  assert.equal(rows.merge(row(1, 6, { visitor_name: 'newer' })), true);
  assert.deepEqual(rows.select('open').map((shown) => shown.visitor_name), ['newer']);
});

test('rows are ordered by their latest message, not by their revision', () => {
  const rows = new ConversationRows();
  const page = [row(1, 9, { last_message_at: at(1) }), row(2, 8, { last_message_at: at(3) }), row(3, 7, { created_at: at(2) })];
  rows.applyPage('open', page, false);
  assert.deepEqual(ids(rows, 'open'), [2, 3, 1]);
  rows.merge(row(3, 10, { created_at: at(2), unread_count: 0 }));
  assert.deepEqual(ids(rows, 'open'), [2, 3, 1], 'reading does not move a row');
  rows.merge(row(1, 11, { last_message_at: at(4) }));
  assert.deepEqual(ids(rows, 'open'), [1, 2, 3]);
});

test('rows of the same moment keep one order', () => {
  const rows = new ConversationRows();
  rows.applyPage('open', [row(1, 3), row(3, 2), row(2, 1)], false);
  assert.deepEqual(ids(rows, 'open'), [3, 2, 1]);
});

test('a row moves between the filters with its status', () => {
  const rows = new ConversationRows();
  rows.applyPage('all', [row(1, 2), row(2, 1, { status: 'closed' })], false);
  assert.deepEqual([ids(rows, 'open'), ids(rows, 'closed'), ids(rows, 'all')], [[1], [2], [2, 1]]);
  rows.merge(row(1, 3, { status: 'closed' }));
  assert.deepEqual([ids(rows, 'open'), ids(rows, 'closed')], [[], [2, 1]]);
});

test('pending, active and snoozed are open', () => {
  const rows = new ConversationRows();
  rows.applyPage('all', [row(1, 3, { status: 'pending' }), row(2, 2), row(3, 1, { status: 'snoozed' })], false);
  assert.deepEqual(ids(rows, 'open'), [3, 2, 1]);
});

test('a row below what was paged through is kept back until paging gets there', () => {
  const rows = new ConversationRows();
  rows.applyPage('open', [row(1, 20), row(2, 15)], true);
  rows.merge(row(3, 5));
  assert.deepEqual(ids(rows, 'open'), [2, 1]);
  assert.equal(rows.get(3)?.revision, 5, 'it can be opened by its address all the same');
  assert.equal(rows.pageCursor('open'), 15);
  rows.applyPage('open', [row(4, 10), row(3, 5)], false);
  assert.deepEqual(ids(rows, 'open'), [4, 3, 2, 1]);
  assert.equal(rows.hasOlder('open'), false);
});

test('a page that arrives after a newer event does not undo it', () => {
  const rows = new ConversationRows();
  rows.merge(row(1, 30, { visitor_name: 'event' }));
  rows.applyPage('open', [row(2, 25), row(1, 20, { visitor_name: 'page' })], true);
  assert.equal(rows.get(1)?.visitor_name, 'event');
  assert.equal(rows.pageCursor('open'), 20);
});

test('an empty first page means that there is nothing', () => {
  const rows = new ConversationRows();
  assert.equal(rows.isLoaded('open'), false);
  assert.equal(rows.pageCursor('open'), null);
  rows.applyPage('open', [], false);
  assert.deepEqual([rows.isLoaded('open'), rows.hasOlder('open')], [true, false]);
});

test('what was paged through under one filter is known under another', () => {
  const rows = new ConversationRows();
  rows.applyPage('all', [row(1, 20), row(2, 15, { status: 'closed' })], true);
  assert.deepEqual([rows.isLoaded('open'), rows.pageCursor('open')], [true, 15]);

  const halves = new ConversationRows();
  halves.applyPage('open', [row(1, 20)], false);
  assert.equal(halves.isLoaded('all'), false);
  halves.applyPage('closed', [row(2, 15, { status: 'closed' })], true);
  assert.deepEqual([halves.pageCursor('all'), halves.hasOlder('all'), halves.hasOlder('open')], [15, true, false]);
});

test('after paging began again, stale rows stay hidden until a page confirms them', () => {
  const rows = new ConversationRows();
  rows.applyPage('open', [row(1, 20), row(2, 15)], false);
  rows.restartPaging();
  assert.deepEqual(ids(rows, 'open'), []);
  rows.applyPage('open', [row(3, 90), row(1, 80)], true);
  assert.deepEqual(ids(rows, 'open'), [3, 1]);
});

test('conversations with something unread are counted once each', () => {
  const rows = new ConversationRows();
  rows.applyPage('open', [row(1, 3, { unread_count: 7 }), row(2, 2), row(3, 1, { unread_count: 1 })], false);
  assert.equal(rows.unreadConversations, 2);
  rows.merge(row(1, 4));
  assert.equal(rows.unreadConversations, 1);
});

test('the selection is the same array until something changes', () => {
  const rows = new ConversationRows();
  rows.applyPage('open', [row(1, 1)], false);
  const before = rows.select('open');
  assert.equal(rows.select('open'), before);
  rows.merge(row(1, 2));
  assert.notEqual(rows.select('open'), before);
});
