import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryMarker } from '../../inbox/state/delivery-marker.ts';
import { MAX_DELIVERED_MARKS, type DeliveredMark } from '../../inbox/inbox-api.ts';
import { ApiError } from '../../shared/api.ts';
import type { SenderType } from '../../shared/types.ts';
import { FakeClock, message } from './fakes.ts';
import { row } from './inbox-server.ts';

function setUp() {
  const clock = new FakeClock();
  const requests: DeliveredMark[][] = [];
  const failures: ApiError[] = [];
  const api = {
    markDelivered: async (marks: DeliveredMark[]) => {
      requests.push(marks);
      const failure = failures.shift();
      if (failure) throw failure;
    },
  };
  const marker = new DeliveryMarker({ api, clock });
  return { clock, requests, failures, marker };
}

const mark = (id: number, seq: number): DeliveredMark => ({ conversation_id: id, up_to_seq: seq });
const unread = (id: number, seq: number, deliveredSeq = 0, sender: SenderType = 'visitor') =>
  row(id, seq, { last_seq: seq, unread_count: 1, delivered_seq: deliveredSeq, last_message: message(seq, { sender_type: sender }) });

test('many rows, and many messages of one, are one request', async () => {
  const { clock, requests, marker } = setUp();
  marker.note(unread(1, 1));
  marker.note(unread(2, 5));
  await clock.advance(100);
  marker.note(unread(1, 2));
  await clock.advance(10_000);
  assert.deepEqual(requests, [[mark(1, 2), mark(2, 5)]]);
});

test('what is read, told by another inbox, or written by the team is not told', async () => {
  const { clock, requests, marker } = setUp();
  marker.note(unread(1, 1));
  marker.note(unread(1, 1, 1));
  marker.note(unread(2, 1));
  marker.note(row(2, 2, { last_seq: 1, unread_count: 0 }));
  marker.note(row(3, 3, { last_seq: 4, unread_count: 0 }));
  await clock.advance(10_000);
  assert.deepEqual(requests, []);
});

test('a row that comes again in a newer state is told no second time', async () => {
  const { clock, requests, marker } = setUp();
  marker.note(unread(1, 1));
  await clock.advance(1_000);
  marker.note(unread(1, 1, 1));
  await clock.advance(10_000);
  assert.equal(requests.length, 1);
});

test('answers that follow what was told are not told, and the next question is', async () => {
  const { clock, requests, marker } = setUp();
  marker.note(unread(1, 1));
  await clock.advance(1_000);
  marker.note(unread(1, 2, 0, 'bot'));
  marker.note(unread(1, 3, 1, 'employee'));
  await clock.advance(1_000);
  marker.note(unread(1, 4, 1));
  // Nobody here knows who wrote the one before the answer.
  marker.note(unread(2, 2, 0, 'bot'));
  await clock.advance(1_000);
  assert.deepEqual(requests, [[mark(1, 1)], [mark(1, 4), mark(2, 2)]]);
});

test('a request carries so many marks, and the rest follows', async () => {
  const { clock, requests, marker } = setUp();
  for (let id = 1; id <= MAX_DELIVERED_MARKS + 1; id += 1) marker.note(unread(id, 1));
  await clock.advance(10_000);
  assert.deepEqual(requests.map((marks) => marks.length), [MAX_DELIVERED_MARKS, 1]);
});

test('what did not get through is told later, and what is refused is not', async () => {
  const { clock, requests, failures, marker } = setUp();
  failures.push(new ApiError('network', 'tunnel'), new ApiError('http', 'No', { status: 422 }));
  marker.note(unread(1, 1));
  await clock.advance(300);
  assert.equal(requests.length, 1);
  await clock.advance(500);
  assert.equal(requests.length, 1, 'not at once');
  marker.note(unread(1, 2));
  await clock.advance(60_000);
  assert.deepEqual(requests, [[mark(1, 1)], [mark(1, 2)]]);
});

test('nothing is told after the end', async () => {
  const { clock, requests, marker } = setUp();
  marker.note(unread(1, 1));
  marker.stop();
  marker.note(unread(2, 1));
  await clock.advance(10_000);
  assert.deepEqual(requests, []);
});
