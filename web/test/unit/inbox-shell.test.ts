import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage } from '../../shared/storage.ts';
import { SETTINGS_PAGES } from '../../inbox/pages/settings/registry.ts';
import { may } from '../../inbox/state/permissions.ts';
import type { ConversationRow } from '../../inbox/inbox-api.ts';
import { ListCursor } from '../../inbox/state/list-cursor.ts';
import { Notifier } from '../../inbox/state/notifier.ts';
import { Preferences, type PreferenceValues } from '../../inbox/state/preferences.ts';
import { keyOf, listenForShortcuts } from '../../inbox/state/shortcuts.ts';
import { Toasts } from '../../inbox/state/toasts.ts';
import { Emitter } from '../../shared/emitter.ts';
import type { Tabs } from '../../shared/tabs.ts';
import { FakeClock } from './fakes.ts';
import { row } from './inbox-server.ts';

test('preferences belong to an agent, and the page before the login looks as the last one likes it', () => {
  const storage = new MemoryStorage();
  const ada = new Preferences(storage);
  ada.belongTo(1);
  ada.set({ theme: 'dark' });
  const bob = new Preferences(storage);
  assert.equal(bob.state.theme, 'dark');
  bob.belongTo(2);
  bob.set({ theme: 'light' });
  const again = new Preferences(storage);
  again.belongTo(1);
  assert.equal(again.state.theme, 'dark');
});

test('the language is the account\'s, in every browser', () => {
  const preferences = new Preferences(new MemoryStorage());
  preferences.belongTo(1, 'de');
  assert.equal(preferences.state.language, 'de');
  preferences.follow('en');
  assert.equal(preferences.state.language, 'en');
  preferences.belongTo(1, null);
  assert.equal(preferences.state.language, 'auto');
  preferences.follow('klingon');
  assert.equal(preferences.state.language, 'auto');
});

test('what one agent wants of a browser is not the next one\'s wish', () => {
  const preferences = new Preferences(new MemoryStorage());
  preferences.belongTo(1);
  preferences.set({ whenClosed: true, pushSession: 4 });
  preferences.belongTo(2);
  assert.deepEqual([preferences.state.whenClosed, preferences.state.pushSession], [false, null]);
  preferences.belongTo(1);
  assert.deepEqual([preferences.state.whenClosed, preferences.state.pushSession], [true, 4]);
});

test('stored preferences that are not understood count as not chosen', () => {
  for (const stored of ['{', 'null', '7', '{"language":"klingon","theme":1,"shortcuts":"no"}']) {
    const storage = new MemoryStorage();
    storage.set('antiphon-inbox:preferences:last', stored);
    const { language, theme, shortcuts } = new Preferences(storage).state;
    assert.deepEqual({ language, theme, shortcuts }, { language: 'auto', theme: 'auto', shortcuts: true }, stored);
  }
});

test('a toast goes by itself, waits while it is looked at, and takes back once', async () => {
  const clock = new FakeClock();
  const toasts = new Toasts(clock);
  let undone = 0;
  toasts.show('Closed', { undo: () => (undone += 1) });
  await clock.advance(9_000);
  assert.equal(toasts.state.length, 1);
  toasts.hold(true);
  await clock.advance(60_000);
  assert.equal(toasts.state.length, 1);
  toasts.hold(false);
  toasts.undoLast();
  toasts.undoLast();
  assert.deepEqual([undone, toasts.state.length], [1, 0]);
  for (const words of ['1', '2', '3', '4']) toasts.show(words);
  assert.deepEqual(toasts.state.map(({ message }) => message), ['2', '3', '4']);
  await clock.advance(4_000);
  toasts.show('3');
  assert.deepEqual(toasts.state.map(({ message }) => message), ['2', '4', '3'], 'the same words stand once, as the newest');
  await clock.advance(5_000);
  assert.equal(toasts.state.length, 0);
});

test('roles are offered what they may do, and an unknown one only to read', () => {
  assert.ok(may('admin', 'administer') && may('agent', 'answer') && may('viewer', 'read'));
  assert.ok(!may('agent', 'administer') && !may('viewer', 'answer') && !may('owner', 'answer'));
});

test('every settings page has an address of its own', () => {
  const paths = SETTINGS_PAGES.map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
  for (const path of paths) assert.match(path, /^[a-z-]{1,40}$/);
});

test('keys are told apart as people do', () => {
  const key = (given: Partial<KeyboardEvent>) => keyOf({ key: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, ...given });
  assert.equal(key({ key: 'e' }), 'e');
  assert.equal(key({ key: 'E', shiftKey: true }), 'shift+e');
  assert.equal(key({ key: '?', shiftKey: true }), '?', 'a sign is what it is, however it is typed');
  assert.equal(key({ key: 'k', metaKey: true }), 'mod+k');
  for (const none of [{ key: 'Shift' }, { key: 'e', altKey: true }, { key: 'e', isComposing: true }, { key: 'Dead' }]) assert.equal(key(none), null);
});

function keyboard(lettersAllowed = true) {
  const target = new EventTarget();
  const clock = new FakeClock();
  const done: string[] = [];
  const shortcut = (keys: string) => ({ keys, run: () => void done.push(keys) });
  const shortcuts = ['e', 'g o', 'o', 'mod+k'].map(shortcut);
  const off = listenForShortcuts(target, { shortcuts: () => shortcuts, lettersAllowed: () => lettersAllowed, clock });
  const press = (key: string, fields: object = {}) => {
    const event = Object.assign(new Event('keydown', { cancelable: true }), { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, ...fields });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { clock, done, off, press };
}

test('a second key counts with the first for a moment, and by itself afterwards', async () => {
  const { clock, done, off, press } = keyboard();
  press('g');
  press('o');
  press('o');
  press('g');
  await clock.advance(2_000);
  press('o');
  press('g');
  press('e');
  assert.deepEqual(done, ['g o', 'o', 'o', 'e']);
  assert.equal(press('q'), false, 'what is no shortcut is left to the browser');
  off();
  press('e');
  assert.equal(done.length, 4);
});

test('single letters can be switched off; the command key stays', () => {
  const { done, press } = keyboard(false);
  press('e');
  press('k', { ctrlKey: true });
  assert.deepEqual(done, ['mod+k']);
});

test('ticks stay with their conversations, and a range follows the list', () => {
  const cursor = new ListCursor();
  cursor.toggle(2);
  cursor.extend(4, [1, 2, 3, 4, 5]);
  assert.deepEqual([...cursor.state.ticked], [2, 3, 4]);
  cursor.toggle(3);
  cursor.extend(1, [1, 2, 3, 4, 5]);
  assert.deepEqual([...cursor.state.ticked].sort(), [1, 2, 3, 4]);
  cursor.clear();
  assert.equal(cursor.state.ticked.size, 0);
});

function notifying(values: Partial<PreferenceValues>, isFront = true) {
  const clock = new FakeClock();
  const preferences = new Preferences(new MemoryStorage());
  preferences.set(values);
  const list = new Emitter<{ incoming: ConversationRow; row: ConversationRow }>();
  const events: Tabs['events'] = new Emitter();
  const told: string[] = [];
  const notifier = new Notifier({
    agentId: 7,
    list,
    preferences,
    tabs: { id: 'here', isFront, post: () => {}, events },
    notify: ({ id }) => void told.push(`notify ${id}`),
    ring: () => void told.push('ring'),
    clock,
  });
  notifier.start();
  return { clock, list, events, told, notifier };
}

test('the rules decide what is told, and nobody is told of what they look at', () => {
  const mine = row(1, 1, { assigned_to: { id: 7, name: 'Ada' } });
  const theirs = row(2, 1, { assigned_to: { id: 8, name: 'Bob' } });
  const heard = (values: Partial<PreferenceValues>, isFront = true) => {
    const { list, told } = notifying(values, isFront);
    for (const incoming of [mine, theirs, row(3, 1)]) list.emit('incoming', incoming);
    return told;
  };
  assert.deepEqual(heard({ notifyOf: 'all', soundFor: 'none' }), ['notify 1', 'notify 2', 'notify 3']);
  assert.deepEqual(heard({ notifyOf: 'mine', soundFor: 'none' }), ['notify 1', 'notify 3']);
  assert.deepEqual(heard({ notifyOf: 'mentions', soundFor: 'none' }), []);
  assert.deepEqual(heard({ notifyOf: 'none', soundFor: 'mine' }), ['ring', 'ring']);
  assert.deepEqual(heard({ notifyOf: 'all' }, false), [], 'another tab tells');

  const { list, events, told, notifier } = notifying({ notifyOf: 'all', soundFor: 'none' });
  notifier.watch(1);
  events.emit('message', { watching: 2, tab: 'there' });
  events.emit('message', { nonsense: true });
  for (const incoming of [mine, theirs, row(3, 1)]) list.emit('incoming', incoming);
  assert.deepEqual(told, ['notify 3']);
  notifier.mentioned(4, () => told.push('mentioned 4'));
  notifier.mentioned(1, () => told.push('mentioned 1'));
  assert.deepEqual(told, ['notify 3', 'mentioned 4']);
});

test('a sound that repeats ends when the message is read', async () => {
  const { clock, list, told, notifier } = notifying({ notifyOf: 'none', soundFor: 'all', soundRepeats: true });
  list.emit('incoming', row(1, 1, { unread_count: 1 }));
  await clock.advance(25_000);
  assert.equal(told.length, 3);
  list.emit('row', row(1, 2, { unread_count: 0 }));
  await clock.advance(60_000);
  assert.equal(told.length, 3);
  notifier.stop();
});
