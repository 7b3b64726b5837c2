import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage } from '../../shared/storage.ts';
import { SETTINGS_PAGES } from '../../inbox/pages/settings/registry.ts';
import { may } from '../../inbox/state/permissions.ts';
import { Preferences } from '../../inbox/state/preferences.ts';
import { Toasts } from '../../inbox/state/toasts.ts';
import { FakeClock } from './fakes.ts';

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
