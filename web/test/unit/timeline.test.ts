import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline, type PendingMessage } from '../../shared/timeline.ts';
import { message } from './fakes.ts';

const newTimeline = () => new Timeline({ sender_type: 'visitor', sender_name: null });
const texts = (timeline: Timeline) => timeline.entries.map((entry) => entry.message.message);
const pending = (clientId: string, text = clientId): PendingMessage => ({
  clientId,
  text,
  createdAt: 0,
  delivery: 'sending',
  error: null,
});

test('the last page is shown in order and nothing is missing', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(2), message(1)], 2);
  assert.deepEqual(texts(timeline), ['text 1', 'text 2']);
  assert.equal(timeline.needsFetch, false);
  assert.equal(timeline.nextExpected, 3);
});

test('a message that arrives twice is there once', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  assert.equal(timeline.applyMessage(message(2)), true);
  assert.equal(timeline.applyMessage(message(2)), false);
  timeline.applyPage({ after: 0, messages: [message(1), message(2)], lastSeq: 2 });
  assert.deepEqual(texts(timeline), ['text 1', 'text 2']);
});

test('a message behind a gap is kept back until the gap is filled', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.applyMessage(message(3));
  assert.deepEqual(texts(timeline), ['text 1']);
  assert.equal(timeline.needsFetch, true);
  assert.equal(timeline.contiguous, 1);
  timeline.applyMessage(message(2));
  assert.deepEqual(texts(timeline), ['text 1', 'text 2', 'text 3']);
  assert.equal(timeline.needsFetch, false);
});

test('a page fills the gap and may leave out what is not for us', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.applyMessage(message(5));
  assert.equal(timeline.applyPage({ after: 1, messages: [message(2), message(5)], lastSeq: 5 }), true);
  assert.deepEqual(texts(timeline), ['text 1', 'text 2', 'text 5']);
});

test('a page that was cut short asks for the next one', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([], 0);
  assert.equal(timeline.applyPage({ after: 0, messages: [message(1), message(2)], lastSeq: 4 }), false);
  assert.equal(timeline.contiguous, 2);
  assert.equal(timeline.applyPage({ after: 2, messages: [message(3), message(4)], lastSeq: 4 }), true);
});

test('hearing of a message without its text is a gap', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.noteSeq(2);
  assert.equal(timeline.needsFetch, true);
});

test('a pending message becomes the sent one under the same key', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.setPending([pending('a', 'hello')]);
  assert.deepEqual(timeline.entries.map((entry) => [entry.key, entry.delivery]), [['seq-1', 'sent'], ['a', 'sending']]);
  timeline.applyMessage(message(2, { client_id: 'a', sender_type: 'visitor', message: 'hello' }));
  assert.deepEqual(timeline.entries.map((entry) => [entry.key, entry.delivery]), [['seq-1', 'sent'], ['a', 'sent']]);
  timeline.setPending([]);
  assert.deepEqual(texts(timeline), ['text 1', 'hello']);
});

test('equal texts are different messages', () => {
  const timeline = newTimeline();
  timeline.setPending([pending('a', 'ok'), pending('b', 'ok')]);
  timeline.applyMessage(message(1, { client_id: 'a', message: 'ok' }));
  assert.deepEqual(timeline.entries.map((entry) => entry.delivery), ['sent', 'sending']);
});

test('an own message behind a gap stays on screen', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.setPending([pending('a', 'mine')]);
  timeline.applyMessage(message(3, { client_id: 'a', sender_type: 'visitor', message: 'mine' }));
  assert.deepEqual(texts(timeline), ['text 1', 'mine']);
  timeline.applyPage({ after: 1, messages: [message(2)], lastSeq: 3 });
  timeline.applyPage({ after: 2, messages: [message(3, { client_id: 'a', message: 'mine' })], lastSeq: 3 });
  assert.deepEqual(texts(timeline), ['text 1', 'text 2', 'mine']);
});

test('a message of the other side behind a gap is kept back although it has a client id', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.applyMessage(message(3, { client_id: 'theirs', sender_type: 'employee' }));
  assert.deepEqual(texts(timeline), ['text 1']);
  timeline.applyMessage(message(2));
  assert.deepEqual(texts(timeline), ['text 1', 'text 2', 'text 3']);
});

test('older pages go in front until the beginning is reached', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(5), message(6)], 6);
  assert.equal(timeline.hasOlder, true);
  assert.equal(timeline.oldest, 5);
  timeline.applyOlder([message(3), message(4)]);
  assert.deepEqual(texts(timeline), ['text 3', 'text 4', 'text 5', 'text 6']);
  assert.equal(timeline.hasOlder, true);
  timeline.applyOlder([]);
  assert.equal(timeline.hasOlder, false);
});

test('an updated message replaces the one it was', () => {
  const timeline = newTimeline();
  timeline.applyLastPage([message(1)], 1);
  timeline.applyMessage(message(1, { message: 'edited' }));
  assert.deepEqual(texts(timeline), ['edited']);
});

test('a message that quotes another shows what became of it', () => {
  const timeline = newTimeline();
  const quote = { seq: 1, sender_name: 'Ada', excerpt: 'text 1' };
  timeline.applyLastPage([message(1), message(2, { reply_to: quote }), message(3, { reply_to: { ...quote, seq: 2 } })], 3);
  timeline.applyMessage(message(1, { message: 'a'.repeat(200), edited_at: '2026-01-01T00:01:00Z' }));
  assert.deepEqual(timeline.messages[1]?.reply_to, { ...quote, excerpt: 'a'.repeat(140) });
  timeline.applyMessage(message(1, { message: '', deleted_at: '2026-01-01T00:02:00Z' }));
  assert.equal(timeline.messages[1]?.reply_to?.excerpt, '');
  assert.equal(timeline.messages[2]?.reply_to?.excerpt, 'text 1');
});
