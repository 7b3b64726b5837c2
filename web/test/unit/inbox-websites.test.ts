import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago } from '../../inbox/pages/settings/websites/ago.tsx';
import { LANGUAGES, wordsOf } from '../../inbox/pages/settings/websites/chat-languages.ts';
import { linesOf } from '../../inbox/pages/settings/websites/lines.ts';
import { WEBSITE_SECTIONS } from '../../inbox/pages/settings/websites/registry.ts';
import { memberAt } from '../../inbox/state/use-draft.ts';
import { typedNumber } from '../../inbox/pages/settings/websites/use-settings-draft.ts';

test('every section of a website has an address and a title of its own', () => {
  const paths = WEBSITE_SECTIONS.map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
  for (const path of paths) assert.match(path, /^[a-z-]{1,40}$/);
  const titles = WEBSITE_SECTIONS.map(({ title }) => title());
  assert.equal(new Set(titles).size, titles.length);
});

test('a mistake belongs to the member at its path, or to the whole', () => {
  const draft = { pre_chat: { fields: [{ label: '' }, { label: 'Topic' }] }, sound: true };
  assert.equal(memberAt(draft, 'settings.pre_chat.fields[1].label'), 'Topic');
  assert.equal(memberAt(draft, 'sound'), true);
  assert.equal(memberAt(draft, 'settings.csat.question'), undefined);
  assert.equal(memberAt(draft, 'settings'), draft);
});

test('a list of lines has no empty ones', () => {
  assert.deepEqual(linesOf(' shop.example \n\n*.shop.example\n'), ['shop.example', '*.shop.example']);
  assert.deepEqual(linesOf(' \n'), []);
});

test('what is no number stays as it was typed, for the server to name', () => {
  for (const [typed, value] of [['20', 20], [' 20 ', 20], ['', ''], ['-1', '-1'], ['2.5', '2.5'], ['1e3', '1e3']]) {
    assert.equal(typedNumber(String(typed)), value);
  }
});

test('how long ago something was is told in seconds, then in minutes, then by its time', () => {
  const now = new Date(2026, 4, 10, 12, 0, 0);
  const before = (seconds: number) => ago(new Date(now.getTime() - seconds * 1_000), now);
  assert.equal(before(0), 'now');
  assert.equal(before(1), '1 second ago');
  assert.equal(before(59), '59 seconds ago');
  assert.equal(before(60), '1 minute ago');
  assert.equal(before(3_599), '59 minutes ago');
  assert.match(before(3_600), /11.00/);
  // The server's clock may be ahead.
  assert.equal(before(-5), 'now');
});

test('the words of every language of the chat are there, and English ones for any other', async () => {
  const english = await wordsOf('en');
  for (const language of LANGUAGES) assert.deepEqual(Object.keys(await wordsOf(language)).sort(), Object.keys(english).sort());
  assert.notEqual((await wordsOf('de-AT'))['send'], english['send']);
  assert.deepEqual(await wordsOf('fi'), english);
});
