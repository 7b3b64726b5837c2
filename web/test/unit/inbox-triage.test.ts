import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { MAX_BULK, type BulkResult, type ConversationRow, type Found, type Mention, type TriageAction } from '../../inbox/inbox-api.ts';
import { ConversationRows } from '../../inbox/state/conversation-rows.ts';
import { Counts } from '../../inbox/state/counts.ts';
import { Directory } from '../../inbox/state/directory.ts';
import { MyMentions } from '../../inbox/state/my-mentions.ts';
import { Search } from '../../inbox/state/search.ts';
import { SettingChanges } from '../../inbox/state/setting-changes.ts';
import { TeamPresence } from '../../inbox/state/team-presence.ts';
import { Triage } from '../../inbox/state/triage.ts';
import { RealtimeChannel } from '../../shared/realtime.ts';
import { FakeClock, settle } from './fakes.ts';
import { OWN_ID, row } from './inbox-server.ts';

const channel = (name = 'private-test') => new RealtimeChannel(name, { trigger: () => false, release: () => {} });

/** Conversations on a server that does what it is told, but for those that it refuses. */
function setUp(...given: ConversationRow[]) {
  const rows = new ConversationRows(OWN_ID);
  for (const one of given) rows.merge(one);
  const requests: { ids: readonly number[]; action: TriageAction }[] = [];
  const control = { refused: new Set<number>(), offline: false };
  const said: { message: string; tone?: string; undo?: () => void }[] = [];
  let revision = 1_000;
  const bulk = async (ids: readonly number[], action: TriageAction): Promise<BulkResult[]> => {
    requests.push({ ids, action });
    await settle();
    if (control.offline) throw new ApiError('network', 'away');
    return ids.map((id) => {
      const known = given.find((one) => one.id === id);
      if (control.refused.has(id) || !known) return { id, error: { message: 'Not this one' } };
      const { agent_id: _, team_id: __, add_label_ids: ___, remove_label_ids: ____, snoozed_until: _____, ...fields } = action;
      return { id, conversation: { ...known, ...fields, revision: (revision += 1) } as ConversationRow };
    });
  };
  const reopened: number[] = [];
  const triage = new Triage({
    api: { bulk },
    list: { row: (id) => rows.get(id), assume: (id, change) => rows.assume(id, change), apply: (one) => void rows.merge(one) },
    directory: { state: { agents: [{ id: 8, name: 'Bob', email: 'bob@example.com', role: 'agent' }], teams: [], labels: [], views: [], widgets: [] } },
    toasts: { show: (message, options) => said.push({ message, ...options }), dismiss: (id) => void said.splice(id - 1, 1) },
    onReopened: (id) => void reopened.push(id),
  });
  return { rows, requests, control, said, triage, reopened };
}

test('a change is shown before the server has it, and taken back in as few requests as it can be', async () => {
  const { rows, requests, said, triage, reopened } = setUp(row(1, 1), row(2, 2), row(3, 3, { status: 'pending' }));
  const done = triage.change([1, 2, 3], { status: 'closed' }, 'Closed: 3');
  assert.deepEqual([1, 2, 3].map((id) => rows.get(id)?.status), ['closed', 'closed', 'closed']);
  await done;
  assert.equal(requests.length, 1);
  assert.equal(said[0]?.message, 'Closed: 3');
  said[0]?.undo?.();
  await settle();
  await settle();
  assert.deepEqual(requests.slice(1), [{ ids: [1, 2], action: { status: 'active' } }, { ids: [3], action: { status: 'pending' } }]);
  assert.deepEqual([1, 2, 3].map((id) => rows.get(id)?.status), ['active', 'active', 'pending']);
  assert.deepEqual(reopened, [1, 2, 3]);
});

test('what the server refuses is as it was, and said; what it does not answer, too', async () => {
  const { rows, control, said, triage } = setUp(row(1, 1), row(2, 2));
  control.refused.add(2);
  await triage.change([1, 2], { priority: 'high' }, 'Priority high');
  assert.deepEqual([rows.get(1)?.priority, rows.get(2)?.priority], ['high', null]);
  assert.deepEqual(said.map(({ message, tone }) => [message, tone]), [['Priority high', undefined], ['Not this one', 'error']]);
  control.offline = true;
  await triage.change([1], { agent_id: 8 }, 'Assigned');
  assert.equal(rows.get(1)?.assigned_to, null);
  assert.deepEqual(said.slice(2).map(({ tone }) => tone), ['error'], 'and nothing is said to be done');
});

test('taking back restores each conversation as it was', async () => {
  const before = [
    row(1, 1, { assigned_to: { id: 8, name: 'Bob' }, label_ids: [4], priority: 'low' }),
    row(2, 2, { status: 'snoozed', snoozed_until: '2026-12-01T09:00:00Z' }),
  ];
  const undone = async (ids: number[], action: TriageAction) => {
    const { requests, said, triage } = setUp(...before);
    await triage.change(ids, action, 'done');
    said[0]?.undo?.();
    await settle();
    return requests[1]?.action;
  };
  assert.deepEqual(await undone([1], { agent_id: null }), { agent_id: 8 });
  assert.deepEqual(await undone([1], { add_label_ids: [4, 5] }), { remove_label_ids: [5] }, 'a label that was there stays');
  assert.deepEqual(await undone([1], { priority: null }), { priority: 'low' });
  assert.deepEqual(await undone([2], { status: 'closed' }), { snoozed_until: '2026-12-01T09:00:00Z' });
  assert.deepEqual(await undone([1], { snoozed_until: '2026-12-02T09:00:00Z' }), { status: 'active' });
});

test('more conversations than one request takes are several', async () => {
  const many = Array.from({ length: MAX_BULK + 20 }, (_, index) => row(index + 1, index + 1));
  const { requests, triage } = setUp(...many);
  await triage.change(many.map(({ id }) => id), { status: 'closed' }, 'Closed');
  assert.deepEqual(requests.map(({ ids }) => ids.length), [MAX_BULK, 20]);
});

test('a search asks once for what was written in one go, and only the newest answer counts', async () => {
  const clock = new FakeClock();
  const answers = new Map<string, (found: Found) => void>();
  const asked: string[] = [];
  const search = new Search({ search: (words, cursor) => new Promise((resolve) => {
    asked.push(`${words} ${cursor ?? ''}`.trim());
    answers.set(words, resolve);
  }) }, clock);
  const found = (id: number, next: string | null = null): Found => ({ messages: [{ message_id: id } as Found['messages'][0]], people: [], next });
  search.look('su');
  search.look('suma');
  await clock.advance(200);
  search.look('sumatra');
  await clock.advance(200);
  assert.deepEqual(asked, ['suma', 'sumatra']);
  answers.get('sumatra')?.(found(2, 'c'));
  await settle();
  answers.get('suma')?.(found(1));
  await settle();
  assert.deepEqual(search.state.messages.map(({ message_id: id }) => id), [2]);
  search.more();
  search.more();
  assert.deepEqual(asked.slice(2), ['sumatra c']);
  answers.get('sumatra')?.(found(3));
  await settle();
  assert.deepEqual(search.state.messages.map(({ message_id: id }) => id), [2, 3]);
  search.look(' ');
  assert.equal(search.state.messages.length, 0);
});

test('counts are asked for a moment after a change, and not for each of many', async () => {
  const clock = new FakeClock();
  let asked = 0;
  const counts = new Counts({ counts: async () => ({ all: (asked += 1) }) as never }, clock);
  await counts.ask();
  for (let change = 0; change < 50; change += 1) {
    counts.changed();
    await clock.advance(100);
  }
  assert.ok(asked >= 2 && asked <= 4, `${asked} requests in five seconds`);
  counts.stop();
  counts.changed();
  await clock.advance(10_000);
  assert.ok(asked <= 4);
});

test('a list of the directory is fetched again when it has changed, and kept while the server is away', async () => {
  const clock = new FakeClock();
  let labels = [{ id: 1, name: 'Bug', color: '#ff0000' }];
  let away = false;
  const none = async () => [];
  const directory = new Directory({ agents: none, teams: none, views: none, widgets: none, labels: async () => {
    if (away) throw new ApiError('network', 'away');
    return labels;
  } }, clock);
  const inbox = channel();
  const changes = new SettingChanges(clock);
  changes.start([inbox]);
  directory.start(changes);
  await settle();
  labels = [...labels, { id: 2, name: 'VIP', color: '#00ff00' }];
  away = true;
  inbox.emit('SettingsChanged', { what: 'labels' });
  await settle();
  assert.equal(directory.state.labels.length, 1);
  away = false;
  await clock.advance(15_000);
  assert.equal(directory.state.labels.length, 2);
  inbox.emit('SettingsChanged', { what: 'something else' });
  directory.stop();
  changes.stop();
});

test('what changed while no channel was live is looked for when one is again, once, and now and then until it is', async () => {
  const clock = new FakeClock();
  const changes = new SettingChanges(clock);
  const [inbox, own] = [channel(), channel()];
  let times = 0;
  changes.on(['agents'], () => (times += 1));
  changes.start([inbox, own]);
  inbox.becameLive(null);
  own.becameLive(null);
  await clock.advance(1_000);
  assert.equal(times, 1);
  await clock.advance(300_000);
  assert.equal(times, 1);
  own.emit('SettingsChanged', { what: 'labels' });
  own.emit('SettingsChanged', { what: 'agents' });
  assert.equal(times, 2);
  own.becameQuiet();
  assert.equal(changes.live, false);
  await clock.advance(60_000);
  assert.equal(times, 4);
  own.becameLive(null);
  await clock.advance(1_000);
  assert.equal(times, 5);
  own.becameQuiet();
  changes.stop();
  await clock.advance(300_000);
  assert.equal(times, 5);
});

test('a mention is told once, counted, and seen up to the newest', async () => {
  const told: number[] = [];
  const read: number[] = [];
  const mention = (id: number): Mention => ({ id, conversation_id: 5, visitor_name: null, note: { id, agent: { id: 8, name: 'Bob' }, body: '', created_at: '' }, read_at: null });
  const api = {
    mentions: async () => ({ mentions: [mention(1)], unread_count: 1, has_more: false }),
    readMentions: async (id: number) => (read.push(id), 0),
  };
  const box = new MyMentions(api, ({ id }) => void told.push(id));
  const own = channel();
  box.start(own);
  await settle();
  own.emit('Mentioned', mention(2));
  own.emit('Mentioned', mention(2));
  assert.deepEqual([told, box.state.unreadCount], [[2], 2]);
  await box.markRead();
  await box.markRead();
  assert.deepEqual([read, box.state.unreadCount], [[2], 0]);
  box.stop();
});

test('who is there follows the presence channel, and nobody is known to be there without it', () => {
  const team = channel('presence-chat.agents');
  const presence = new TeamPresence();
  presence.start(team);
  team.emit('pusher:subscription_succeeded', { presence: { ids: ['7', '8'] } });
  team.emit('pusher:member_added', { user_id: '9' });
  team.emit('pusher:member_removed', { user_id: '8' });
  assert.deepEqual([...presence.state], [7, 9]);
  team.becameLive(null);
  team.becameQuiet();
  assert.deepEqual([...presence.state], []);
});
