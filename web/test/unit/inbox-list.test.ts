import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationList } from '../../inbox/state/conversation-list.ts';
import { FakeClock, settle } from './fakes.ts';
import { listQuery } from '../../inbox/state/list-query.ts';
import { FakeInbox, FakeRealtime, OWN_ID, row } from './inbox-server.ts';

const CLOSED = listQuery({ status: 'closed' });
const ALL = listQuery({ status: 'all' });

function setUp(conversations = 3) {
  const clock = new FakeClock();
  const server = new FakeInbox();
  const realtime = new FakeRealtime();
  const control = { hidden: false };
  for (let id = 1; id <= conversations; id += 1) server.say(id);
  const list = new ConversationList({ api: server.api, agentId: OWN_ID, realtime, clock, isHidden: () => control.hidden });
  const incoming: number[] = [];
  list.events.on('incoming', ({ id }) => incoming.push(id));
  const ids = () => list.state.rows.map(({ id }) => id);
  return { clock, server, realtime, control, list, incoming, ids };
}

async function start(fixture: ReturnType<typeof setUp>, live = true): Promise<void> {
  fixture.list.start();
  await settle();
  if (live) fixture.realtime.up();
  else fixture.realtime.down();
  await settle();
}

test('the first page is shown, and what came before the subscription is fetched after it', async () => {
  const fixture = setUp();
  const { list, server, realtime, ids } = fixture;
  list.start();
  assert.equal(list.state.loaded, false);
  await settle();
  assert.deepEqual(ids(), [3, 2, 1]);
  assert.equal(list.state.connection, 'connecting');
  server.offline = true;
  server.wakeWaiting();
  await settle();
  server.say(9);
  server.offline = false;
  await settle();
  assert.deepEqual(ids(), [3, 2, 1], 'the next attempt is a second away');
  realtime.up();
  await settle();
  assert.deepEqual(ids(), [9, 3, 2, 1]);
  assert.equal(list.state.connection, 'live');
});

test('what was erased leaves the list, and is told once', async () => {
  const fixture = setUp();
  await start(fixture);
  const erased: number[] = [];
  fixture.list.events.on('erased', (id) => erased.push(id));
  fixture.realtime.inbox.emit('ConversationErased', { conversation_id: 2 });
  fixture.realtime.inbox.emit('ConversationErased', { conversation_id: 2 });
  fixture.realtime.inbox.emit('ConversationErased', { conversation_id: 99 });
  assert.deepEqual(fixture.ids(), [3, 1]);
  assert.equal(fixture.list.row(2), null);
  assert.deepEqual(erased, [2]);
});

test('while the channel is live nothing is asked for', async () => {
  const fixture = setUp();
  await start(fixture);
  const before = fixture.server.requests.length;
  await fixture.clock.advance(30 * 60_000);
  assert.equal(fixture.server.requests.length, before);
});

test('an event moves its row to the top and is announced once', async () => {
  const fixture = setUp();
  await start(fixture);
  const event = fixture.server.say(1);
  fixture.realtime.inbox.emit('ConversationUpdated', event);
  fixture.realtime.inbox.emit('ConversationUpdated', event);
  assert.deepEqual(fixture.ids(), [1, 3, 2]);
  assert.deepEqual(fixture.incoming, [1]);
  fixture.realtime.inbox.emit('ConversationUpdated', fixture.server.read(1));
  assert.deepEqual(fixture.incoming, [1]);
  assert.equal(fixture.list.state.unreadConversations, 2);
});

test('events that overtake each other end in the newest state', async () => {
  const fixture = setUp();
  await start(fixture);
  const first = fixture.server.say(2);
  const second = fixture.server.setStatus(2, 'closed');
  fixture.realtime.inbox.emit('ConversationUpdated', second);
  fixture.realtime.inbox.emit('ConversationUpdated', first);
  assert.equal(fixture.list.row(2)?.status, 'closed');
  assert.deepEqual(fixture.ids(), [3, 1]);
});

test('an event that is only a reference is fetched, unless it is known already', async () => {
  const fixture = setUp();
  await start(fixture);
  const { revision } = fixture.server.say(1);
  fixture.realtime.inbox.emit('ConversationUpdated', { id: 1, revision, reference: true });
  await settle();
  assert.deepEqual(fixture.ids(), [1, 3, 2]);
  const before = fixture.server.requests.length;
  fixture.realtime.inbox.emit('ConversationUpdated', { id: 1, revision, reference: true });
  await settle();
  assert.equal(fixture.server.requests.length, before);
});

test('without a live channel the list long-polls and misses nothing', async () => {
  const fixture = setUp();
  await start(fixture, false);
  assert.equal(fixture.list.state.connection, 'polling');
  assert.match(fixture.server.requests.at(-1) ?? '', /…$/);
  fixture.server.say(1);
  await settle();
  fixture.server.say(4);
  await settle();
  assert.deepEqual(fixture.ids(), [4, 1, 3, 2]);
  assert.deepEqual(fixture.incoming, [1, 4]);
});

test('the channel drops and returns: nothing is lost, nothing is announced twice', async () => {
  const fixture = setUp();
  await start(fixture);
  fixture.realtime.down();
  fixture.server.say(1);
  await settle();
  assert.deepEqual(fixture.ids(), [1, 3, 2]);
  const event = fixture.server.say(2);
  fixture.realtime.up();
  fixture.realtime.inbox.emit('ConversationUpdated', event);
  await settle();
  assert.deepEqual(fixture.ids(), [2, 1, 3]);
  assert.deepEqual(fixture.incoming, [1, 2]);
  assert.equal(fixture.list.state.connection, 'live');
});

test('an event that was never delivered is found after the next one', async () => {
  const fixture = setUp();
  await start(fixture);
  fixture.server.say(1);
  fixture.realtime.inbox.emit('ConversationUpdated', fixture.server.say(2));
  assert.deepEqual(fixture.ids(), [2, 3, 1]);
  await fixture.clock.advance(60_000);
  assert.deepEqual(fixture.ids(), [2, 1, 3]);
});

test('a server that is away is asked again, later and later, and a wake-up asks at once', async () => {
  const fixture = setUp();
  await start(fixture, false);
  fixture.server.offline = true;
  fixture.server.wakeWaiting();
  await settle();
  assert.equal(fixture.list.state.connection, 'reconnecting');
  const before = fixture.server.requests.length;
  await fixture.clock.advance(15_000);
  assert.equal(fixture.server.requests.length - before, 4, 'after 1, 2, 4 and 8 seconds');
  fixture.server.offline = false;
  fixture.list.wake();
  await settle();
  assert.equal(fixture.list.state.connection, 'polling');
});

test('a first page that fails is tried again by itself', async () => {
  const fixture = setUp();
  fixture.server.offline = true;
  await start(fixture);
  assert.equal(fixture.list.state.error?.kind, 'network');
  assert.equal(fixture.list.state.loaded, false);
  fixture.server.offline = false;
  await fixture.clock.advance(1_000);
  assert.equal(fixture.list.state.error, null);
  assert.deepEqual(fixture.ids(), [3, 2, 1]);
});

test('a hidden page without a socket asks four times a minute instead of waiting at the server', async () => {
  const fixture = setUp();
  fixture.control.hidden = true;
  await start(fixture, false);
  const before = fixture.server.requests.length;
  await fixture.clock.advance(60_000);
  assert.equal(fixture.server.requests.length - before, 4);
  assert.doesNotMatch(fixture.server.requests.at(-1) ?? '', /…$/);
});

test('older pages follow until there are none, and changed rows are neither lost nor doubled', async () => {
  const fixture = setUp(220);
  await start(fixture);
  assert.equal(fixture.ids().length, 100);
  assert.equal(fixture.list.state.hasMore, true);
  fixture.realtime.inbox.emit('ConversationUpdated', fixture.server.say(10));
  fixture.list.loadMore();
  fixture.list.loadMore();
  await settle();
  assert.equal(fixture.ids().length, 201);
  fixture.list.loadMore();
  await settle();
  assert.equal(fixture.list.state.hasMore, false);
  assert.deepEqual(fixture.ids(), fixture.server.list().map(({ id }) => id));
});

test('another filter shows what is known at once and loads the rest', async () => {
  const fixture = setUp(4);
  fixture.server.setStatus(2, 'closed');
  await start(fixture);
  fixture.list.show(CLOSED);
  assert.equal(fixture.list.state.loaded, false);
  await settle();
  assert.deepEqual(fixture.ids(), [2]);
  fixture.list.show(ALL);
  assert.deepEqual(fixture.ids(), [4, 3, 2, 1], 'what is known is shown while it loads');
  await settle();
  const before = fixture.server.requests.length;
  fixture.list.show(CLOSED);
  await settle();
  assert.equal(fixture.server.requests.length, before, 'a list that was loaded is kept');
});

test('a filter chosen while another one loads is loaded after it', async () => {
  const fixture = setUp(2);
  fixture.server.setStatus(1, 'closed');
  fixture.list.start();
  fixture.list.show(CLOSED);
  await settle();
  assert.deepEqual(fixture.ids(), [1]);
});

test('after a long absence the list starts over instead of replaying everything', async () => {
  const fixture = setUp(1_300);
  await start(fixture);
  fixture.realtime.down();
  fixture.server.offline = true;
  fixture.server.wakeWaiting();
  await settle();
  for (let id = 1; id <= 1_250; id += 1) fixture.server.say(id);
  fixture.server.offline = false;
  fixture.server.requests.length = 0;
  fixture.realtime.up();
  fixture.list.wake();
  await settle();
  await settle();
  const replayed = fixture.server.requests.filter((line) => line.startsWith('>')).length;
  assert.ok(replayed <= 7, `${replayed} pages of changes`);
  assert.deepEqual(fixture.ids(), fixture.server.list().slice(0, 100).map(({ id }) => id));
  fixture.realtime.inbox.emit('ConversationUpdated', fixture.server.say(1_300));
  assert.equal(fixture.ids()[0], 1_300);
});

test('a filter with nothing in it does not lead through the whole history again and again', async () => {
  const fixture = setUp(1_300);
  fixture.list.show(CLOSED);
  await start(fixture);
  await settle();
  const replayed = fixture.server.requests.filter((line) => line.startsWith('>')).length;
  assert.ok(replayed <= 10, `${replayed} pages of changes`);
  assert.deepEqual([fixture.list.state.loaded, fixture.ids()], [true, []]);
  fixture.realtime.inbox.emit('ConversationUpdated', fixture.server.setStatus(5, 'closed'));
  assert.deepEqual(fixture.ids(), [5]);
});

test('an older page that was on its way when the list started over leaves no hole', async () => {
  const fixture = setUp(1_300);
  await start(fixture);
  let arrive = () => {};
  fixture.server.slowness = new Promise((resolve) => (arrive = resolve));
  fixture.list.loadMore();
  for (let id = 1; id <= 1_250; id += 1) fixture.server.say(id);
  fixture.server.requests.length = 0;
  fixture.list.wake();
  await settle();
  arrive();
  await settle();
  const replayed = fixture.server.requests.filter((line) => line.startsWith('>')).length;
  assert.ok(replayed <= 7, `${replayed} pages of changes`);
  assert.deepEqual(fixture.ids(), fixture.server.list().slice(0, 100).map(({ id }) => id));
  fixture.server.setStatus(1_000, 'closed');
  fixture.list.wake();
  await settle();
  assert.equal(fixture.list.row(1_000)?.status, 'closed', 'changes are followed again');
  fixture.list.stop();
});

test('the answer to an own action counts as an event', async () => {
  const fixture = setUp();
  await start(fixture);
  fixture.list.apply(fixture.server.setStatus(3, 'closed'));
  assert.deepEqual(fixture.ids(), [2, 1]);
  fixture.list.apply(row(3, 1, { status: 'active' }));
  assert.deepEqual(fixture.ids(), [2, 1], 'an older state changes nothing');
});

test('after a message of one’s own, whose event goes to the others, the list looks again', async () => {
  const fixture = setUp();
  await start(fixture);
  fixture.server.say(1);
  fixture.list.lookAgain();
  await settle();
  assert.deepEqual(fixture.ids(), [1, 3, 2]);
});

test('once stopped, nothing is asked for and nothing is heard', async () => {
  const fixture = setUp();
  await start(fixture, false);
  fixture.list.stop();
  await settle();
  const before = fixture.server.requests.length;
  const event = fixture.server.say(1);
  fixture.realtime.inbox.emit('ConversationUpdated', event);
  await fixture.clock.advance(120_000);
  assert.deepEqual(fixture.ids(), [3, 2, 1]);
  assert.equal(fixture.server.requests.length, before);
});

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('what is changed here is shown at once, and as it was when the server refuses it', async () => {
  const fixture = setUp();
  await start(fixture);
  const end = fixture.list.assume(2, { status: 'closed' });
  assert.deepEqual(fixture.ids(), [3, 1]);
  fixture.realtime.inbox.emit('ConversationUpdated', fixture.server.say(2));
  assert.deepEqual(fixture.ids(), [3, 1], 'news of other things do not bring it back');
  end();
  assert.deepEqual(fixture.ids(), [2, 3, 1]);
});

test('whoever waits for a row to leave is told once', async () => {
  const fixture = setUp();
  await start(fixture);
  let left = 0;
  fixture.list.afterLeaving(2, () => (left += 1));
  fixture.list.assume(3, { priority: 'high' });
  assert.equal(left, 0);
  fixture.list.assume(2, { status: 'closed' })();
  assert.equal(left, 1);
});

test('a conversation that no list has brought is asked for, and followed from then on', async () => {
  const fixture = setUp();
  fixture.server.say(8);
  fixture.server.setStatus(8, 'closed');
  await start(fixture);
  const { list, server, realtime } = fixture;
  assert.equal(list.row(8), null);
  server.offline = true;
  list.want(8);
  await settle();
  assert.equal(list.row(8), null);
  server.offline = false;
  await fixture.clock.advance(2_000);
  assert.equal(list.row(8)?.status, 'closed');
  assert.deepEqual(fixture.ids(), [3, 2, 1], 'it is in no list that it does not belong to');
  assert.deepEqual(fixture.incoming, []);
  realtime.inbox.emit('ConversationUpdated', server.setStatus(8, 'active'));
  assert.deepEqual(fixture.ids(), [8, 3, 2, 1]);
  assert.equal(server.requests.filter((line) => line === '=8').length, 2);
});

test('a conversation that there is not, and one that is not looked at any more, is not asked for again', async () => {
  const fixture = setUp();
  await start(fixture);
  const { list, server, clock } = fixture;
  const asked = () => server.requests.filter((line) => line.startsWith('=')).join();
  list.want(99);
  await clock.advance(60_000);
  assert.equal(asked(), '=99');
  server.offline = true;
  list.want(98);
  await settle();
  list.want(null);
  server.offline = false;
  await clock.advance(60_000);
  assert.equal(asked(), '=99,=98');
});

for (let seed = 1; seed <= 25; seed += 1) {
  test(`whatever happens in whatever order, the list ends as the server has it (seed ${seed})`, async () => {
    const fixture = setUp(60);
    const pick = random(seed);
    await start(fixture);
    let live = true;
    for (let step = 0; step < 120; step += 1) {
      const id = 1 + pick(70);
      const known = fixture.server.rows.has(id);
      const act = pick(10);
      if (act === 0) {
        live = !live;
        if (live) fixture.realtime.up();
        else fixture.realtime.down();
      } else if (act === 1) {
        fixture.list.loadMore();
      } else if (act === 2) {
        fixture.server.offline = !fixture.server.offline;
        fixture.server.wakeWaiting();
      } else {
        const event = !known || act < 6 ? fixture.server.say(id) : act < 8 ? fixture.server.read(id) : fixture.server.setStatus(id, pick(2) ? 'closed' : 'active');
        // Now and then an event does not arrive, or arrives twice.
        if (live) for (let copy = pick(5); copy < 4; copy += 3) fixture.realtime.inbox.emit('ConversationUpdated', event);
      }
      if (pick(3) === 0) await fixture.clock.advance(pick(3_000));
    }
    fixture.server.offline = false;
    fixture.realtime.up();
    fixture.list.wake();
    await fixture.clock.advance(60_000);
    while (fixture.list.state.hasMore) {
      fixture.list.loadMore();
      await fixture.clock.advance(60_000);
    }
    assert.deepEqual(fixture.list.state.rows, fixture.server.list());
    assert.equal(
      fixture.list.state.unreadConversations,
      [...fixture.server.rows.values()].filter((row) => row.unread_count > 0 && row.status !== 'closed' && fixture.list.row(row.id)).length,
    );
  });
}
