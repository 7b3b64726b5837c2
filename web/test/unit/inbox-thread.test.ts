import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { RealtimeChannel } from '../../shared/realtime.ts';
import type { TimelineEntry } from '../../shared/timeline.ts';
import type { Message } from '../../shared/types.ts';
import { fillReply, findReplies, tokenAt } from '../../inbox/state/canned-replies.ts';
import { ConversationNotes, type ShownNote } from '../../inbox/state/conversation-notes.ts';
import { ConversationPresence } from '../../inbox/state/conversation-presence.ts';
import { Drafts } from '../../inbox/state/drafts.ts';
import { continueList, format, type Format } from '../../inbox/state/formatting.ts';
import { decodeMentions, encodeMentions, findAgents, splitMentions } from '../../inbox/state/mentions.ts';
import { arrange, type Additions } from '../../inbox/state/message-groups.ts';
import { keepSame } from '../../inbox/state/use-entries.ts';
import { wantedMessage } from '../../inbox/state/use-wanted-message.ts';
import type { CannedReply, Note } from '../../inbox/thread-api.ts';
import { MemoryStorage } from '../../shared/storage.ts';
import { FakeClock, message, settle } from './fakes.ts';

const timeOf = (minute: number) => new Date(2026, 0, 1, 23, minute).toISOString();
const entry = (seq: number, minute: number, fields: Partial<Message> = {}): TimelineEntry => ({
  key: `seq-${seq}`,
  delivery: 'sent',
  error: null,
  upload: null,
  progress: null,
  message: message(seq, { created_at: timeOf(minute), ...fields }),
});
const note = (id: number, afterSeq: number, minute: number, fields: Partial<Note> = {}): Note => ({
  id,
  conversation_id: 1,
  agent: { id: 2, name: 'Grace' },
  body: `note ${id}`,
  mentions: [],
  after_seq: afterSeq,
  created_at: timeOf(minute),
  edited_at: null,
  deleted_at: null,
  ...fields,
});
const shown = (saved: Note): ShownNote => ({ ...saved, key: `note-${saved.id}`, delivery: 'saved' });
const shape = (entries: TimelineEntry[], additions: Additions = {}) =>
  arrange(entries, additions).map((item) => {
    if (item.kind === 'group') return item.entries.map(({ message: { seq } }) => seq).join();
    return item.kind === 'note' ? item.key : item.kind;
  });

test('messages are grouped by sender, pause and day', () => {
  assert.deepEqual(shape([]), []);
  assert.deepEqual(shape([entry(1, 0), entry(2, 4), entry(3, 10)]), ['day', '1,2', '3']);
  assert.deepEqual(shape([entry(1, 0), entry(2, 1, { sender_type: 'visitor', sender_name: null })]), ['day', '1', '2']);
  assert.deepEqual(shape([entry(1, 0), entry(2, 1, { sender_name: 'Bob' })]), ['day', '1', '2'], 'two agents');
  assert.deepEqual(shape([entry(1, 58), entry(2, 61)]), ['day', '1', 'day', '2'], 'over midnight');
});

test('entries stay the same until they say something else', () => {
  // Made anew each time, as a timeline does.
  const messages = [1, 2, 3].map((seq) => entry(seq, seq));
  const anew = () => messages.map((one) => ({ ...one }));
  const before = keepSame([], anew());
  assert.equal(keepSame(before, anew()), before);
  const failed = { ...entry(4, 4), delivery: 'failed' as const };
  const longer = keepSame(before, [...anew(), failed]);
  assert.deepEqual(longer.map((one, index) => one === before[index]), [true, true, true, false]);
  assert.notEqual(keepSame(longer, [...anew(), { ...failed, delivery: 'waiting' }])[3], failed);
  const edited = { ...entry(2, 2), message: message(2, { message: 'edited' }) };
  const after = keepSame(before, anew().map((one, index) => (index === 1 ? edited : one)));
  assert.deepEqual(after.map((one, index) => one === before[index]), [true, false, true]);
  const older = keepSame(before, [{ ...entry(0, 0), key: 'seq-0' }, ...anew()]);
  assert.equal(older[1], before[0]);
});

test('a note stands behind the message it was written after, and begins a group of messages anew', () => {
  const notes = [note(1, 2, 5), note(2, 1, 1)].map(shown);
  assert.deepEqual(shape([entry(1, 0), entry(2, 1), entry(3, 2)], { notes }), ['day', '1', 'note-2', '2', 'note-1', '3']);
  assert.deepEqual(shape([], { notes: [shown(note(1, 0, 0))] }), ['day', 'note-1']);
  assert.deepEqual(shape([entry(1, 0)], { notes: [shown(note(1, 1, 90))] }), ['day', '1', 'day', 'note-1'], 'on the day after');
});

test('notes among messages that are not loaded wait for them', () => {
  const notes = [note(1, 3, 0), note(2, 9, 1)].map(shown);
  assert.deepEqual(shape([entry(10, 2)], { notes, hasOlder: true }), ['day', 'note-2', '10']);
  assert.deepEqual(shape([entry(10, 2)], { notes, hasOlder: false }), ['day', 'note-1', 'note-2', '10']);
});

test('the line for what is unread stands before the first message of the visitor that was', () => {
  const visitor = { sender_type: 'visitor', sender_name: null } as const;
  const entries = [entry(1, 0, visitor), entry(2, 0, visitor), entry(3, 1), entry(4, 1, visitor)];
  assert.deepEqual(shape(entries, { unreadAfter: 1 }), ['day', '1', 'unread', '2', '3', '4']);
  assert.deepEqual(shape(entries, { unreadAfter: 2 }), ['day', '1,2', '3', 'unread', '4'], 'an answer is not unread');
  assert.deepEqual(shape(entries, { unreadAfter: null }), ['day', '1,2', '3', '4']);
});

/** `|` marks the selection's ends. */
function formatted(kind: Format, marked: string): string {
  const [before = '', chosen = '', after = ''] = marked.split('|');
  const { text, start, end } = format(kind, before + chosen + after, before.length, before.length + chosen.length);
  return `${text.slice(0, start)}|${text.slice(start, end)}|${text.slice(end)}`;
}

test('formatting puts its signs around the selection, and takes them away again', () => {
  assert.equal(formatted('bold', 'a |b| c'), 'a **|b|** c');
  assert.equal(formatted('bold', 'a **|b|** c'), 'a |b| c');
  assert.equal(formatted('bold', 'a| b |c'), 'a **|b|** c', 'spaces stay outside');
  assert.equal(formatted('italic', '||'), '_||_');
  assert.equal(formatted('code', '|x|'), '`|x|`');
  assert.equal(formatted('code', '|x\ny|'), '```\n|x\ny|\n```');
  assert.equal(formatted('link', 'see |this|'), 'see [this](|https://|)');
  assert.equal(formatted('link', '|https://a.test|'), '[||](https://a.test)');
});

test('a list is made of whole lines, and becomes lines again', () => {
  assert.equal(formatted('bullets', 'a\nb|c\nd|e'), 'a\n|- bc\n- de|');
  assert.equal(formatted('numbers', '|a\nb|'), '|1. a\n2. b|');
  assert.equal(formatted('bullets', '|1. a\n2. b|'), '|- a\n- b|', 'of the other kind');
  assert.equal(formatted('bullets', '|- a\n- b|'), '|a\nb|');
});

test('Enter goes on with a list, and ends it below an empty item', () => {
  assert.deepEqual(continueList('- a', 3), { text: '- a\n- ', start: 6, end: 6 });
  assert.deepEqual(continueList('9. a', 4), { text: '9. a\n10. ', start: 9, end: 9 });
  assert.deepEqual(continueList('- a\n- ', 6), { text: '- a\n', start: 4, end: 4 });
  assert.equal(continueList('plain', 5), null);
});

const reply = (shortcut: string, title: string, body = ''): CannedReply => ({ id: title.length, shortcut, title, body, shared: true });

test('canned replies are found by shortcut first, then by title, then by what is in them', () => {
  const replies = [reply('bye', 'Goodbye', 'Until the refund'), reply('refund', 'Money back'), reply('rma', 'Refund form')];
  const shortcuts = (query: string) => findReplies(replies, query).map(({ shortcut }) => shortcut);
  assert.deepEqual(shortcuts('ref'), ['refund', 'rma', 'bye']);
  assert.deepEqual(shortcuts(''), ['bye', 'refund', 'rma']);
  assert.deepEqual(shortcuts('nothing'), []);
});

test('variables are filled with what is known, and leave no gap where nothing is', () => {
  const context = { visitorName: 'Vera Vogel', agentName: 'Ada Lovelace', widgetName: 'Shop', conversationId: 7 };
  assert.equal(fillReply('Hi {{visitor.first_name}}, {{ agent.name }} of {{widget.name}} #{{conversation.id}}', context), 'Hi Vera, Ada Lovelace of Shop #7');
  assert.equal(fillReply('Hello {{visitor.first_name}},', { ...context, visitorName: null }), 'Hello,');
  assert.equal(fillReply('{{unknown.thing}}', context), '{{unknown.thing}}');
});

test('a sign means something only where a word begins', () => {
  assert.deepEqual(tokenAt('/re', 3, '/'), { from: 0, query: 're' });
  assert.deepEqual(tokenAt('Hi /', 4, '/'), { from: 3, query: '' });
  assert.equal(tokenAt('and/or', 6, '/'), null);
  assert.equal(tokenAt('https://a.test/b', 16, '/'), null);
  assert.equal(tokenAt('/re fund', 8, '/'), null, 'a shortcut has no space');
  assert.deepEqual(tokenAt('for @Grace H', 12, '@'), { from: 4, query: 'Grace H' });
  assert.equal(tokenAt('a@b.test', 8, '@'), null);
});

test('mentions are stored with the colleague they mean, and written as names', () => {
  const agents = [{ id: 2, name: 'Grace' }, { id: 3, name: 'Grace Hopper' }];
  const stored = encodeMentions('@Grace Hopper and @grace: see a@Grace, @Gracey', agents);
  assert.equal(stored, '@[Grace Hopper](agent:3) and @[Grace](agent:2): see a@Grace, @Gracey');
  assert.equal(decodeMentions(stored), '@Grace Hopper and @Grace: see a@Grace, @Gracey');
  assert.deepEqual(splitMentions('Ask @[Grace](agent:2)!'), ['Ask ', { name: 'Grace', id: 2 }, '!']);
  assert.deepEqual(findAgents(agents, 'hop').map(({ id }) => id), [3]);
});

test('an answer and a note of one conversation have a draft each', () => {
  const storage = new MemoryStorage();
  new Drafts(1, storage).set(7, 'answer');
  new Drafts(1, storage).set(7, 'note', 'note');
  const drafts = new Drafts(1, storage);
  assert.deepEqual([drafts.get(7), drafts.get(7, 'note'), new Drafts(2, storage).get(7)], ['answer', 'note', '']);
  drafts.forget();
  assert.deepEqual([drafts.get(7), drafts.get(7, 'note')], ['', '']);
});

test('the address of a message is understood, and nothing else', () => {
  assert.deepEqual(wantedMessage('#message-12'), { seq: 12 });
  for (const hash of ['', '#message-', '#message-0', '#message-1x', '#12']) assert.equal(wantedMessage(hash), null, hash);
});

function fakeChannel() {
  const sent: [string, unknown][] = [];
  const trigger = (event: string, data: unknown) => sent.push([event, data]) > 0;
  const channel = new RealtimeChannel('x', { trigger, release: () => {} });
  channel.hold();
  return { channel, sent };
}

const ADA = { id: 1, name: 'Ada' };

function openNotes(stored: Note[] = []) {
  const { channel } = fakeChannel();
  const control = { offline: false, loseAnswers: false, requests: 0 };
  const api = {
    notes: async () => {
      control.requests += 1;
      if (control.offline) throw new ApiError('network', 'unreachable');
      return [...stored];
    },
    addNote: async (_: number, body: string) => {
      if (control.offline) throw new ApiError('network', 'unreachable');
      const added = note(stored.length + 1, 1, 0, { body, agent: ADA });
      stored.push(added);
      if (control.loseAnswers) throw new ApiError('network', 'unreachable');
      return added;
    },
    editNote: async (id: number, body: string) => note(id, 1, 0, { body, edited_at: timeOf(9), agent: ADA }),
    deleteNote: async () => {},
  };
  const notes = new ConversationNotes({ api, conversationId: 1, agent: ADA, channel });
  notes.start();
  const bodies = () => notes.state.notes.map(({ body, delivery }) => (delivery === 'saved' ? body : `${body} (${delivery})`));
  return { notes, channel, control, stored, bodies };
}

test('a note is shown at once and saved once, whichever of its answer and its event is quicker', async () => {
  const { notes, channel, stored, bodies } = openNotes();
  await settle();
  notes.add('look', 1);
  assert.deepEqual(bodies(), ['look (saving)']);
  const key = notes.state.notes[0]?.key;
  channel.emit('NoteAdded', note(1, 1, 0, { body: 'look', agent: ADA }));
  assert.deepEqual(bodies(), ['look']);
  await settle();
  assert.deepEqual(bodies(), ['look']);
  assert.equal(notes.state.notes[0]?.key, key);
  assert.equal(stored.length, 1);
});

test('a note whose answer was lost is not written twice, and one that failed can be tried again', async () => {
  const { notes, control, stored, bodies } = openNotes();
  control.loseAnswers = true;
  notes.add('kept', 1);
  await settle();
  assert.deepEqual(bodies(), ['kept']);

  control.offline = true;
  notes.add('later', 1);
  await settle();
  assert.deepEqual(bodies(), ['kept', 'later (failed)']);
  Object.assign(control, { offline: false, loseAnswers: false });
  notes.retry(notes.state.notes[1]?.key ?? '');
  await settle();
  assert.deepEqual(bodies(), ['kept', 'later']);
  assert.equal(stored.length, 2);
});

test('notes that came while there was no channel are found when there is one', async () => {
  const { notes, channel, stored, control, bodies } = openNotes([note(1, 0, 0)]);
  await settle();
  assert.deepEqual(bodies(), ['note 1']);
  stored.push(note(2, 0, 1));
  channel.becameLive(null);
  await settle();
  assert.deepEqual(bodies(), ['note 1', 'note 2']);
  channel.emit('NoteUpdated', note(2, 0, 1, { body: '', deleted_at: timeOf(3) }));
  assert.deepEqual(bodies(), ['note 1']);
  channel.emit('NoteAdded', note(3, 0, 1, { conversation_id: 9 }));
  assert.deepEqual(bodies(), ['note 1'], 'of another conversation');
  notes.stop();
  assert.equal(control.requests, 2);
});

test('colleagues are there while they are on the channel, and answer for as long as they say so', async () => {
  const clock = new FakeClock();
  const { channel, sent } = fakeChannel();
  const presence = new ConversationPresence(channel, ADA, clock);
  const who = () => presence.state.map(({ name, answering }) => (answering ? `${name}…` : name));
  channel.becameLive({ presence: { ids: ['1', '2'], hash: { 1: { name: 'Ada' }, 2: { name: 'Grace' } } } });
  assert.deepEqual(who(), ['Grace']);
  channel.emit('pusher:member_added', { user_id: '3', user_info: { name: 'Bob' } });
  channel.emit('client-answering', { agent_id: 2, name: 'Grace', answering: true });
  assert.deepEqual(who(), ['Grace…', 'Bob']);
  await clock.advance(5_000);
  assert.deepEqual(who(), ['Bob', 'Grace']);
  channel.emit('client-answering', { agent_id: 3, name: 'Bob', answering: true });
  channel.emit('pusher:member_removed', { user_id: '3' });
  assert.deepEqual(who(), ['Grace']);

  presence.setAnswering(true);
  presence.setAnswering(true);
  presence.setAnswering(false);
  assert.deepEqual(sent.map(([, data]) => (data as { answering: boolean }).answering), [true, false], 'said sparingly');
  channel.becameQuiet();
  assert.deepEqual(who(), [], 'without a socket nobody is known to be there');
});
