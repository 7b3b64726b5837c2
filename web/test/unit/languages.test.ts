import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awayText } from '../../widget/availability.ts';
import { chooseLocale, speak } from '../../widget/locale.ts';
import { OPEN_CHAT } from '../../widget/open-chat.ts';
import { fill, type Texts } from '../../widget/texts.ts';
import { texts as en } from '../../widget/texts/en.ts';

const LANGUAGES = ['de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'tr', 'ar', 'ja', 'zh'];
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

for (const language of LANGUAGES) {
  test(`${language} has every sentence, with its places, and none in English`, async () => {
    const { texts, direction } = await speak(language);
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(en).sort());
    for (const key of Object.keys(en) as (keyof Texts)[]) {
      assert.ok(texts[key].trim(), key);
      assert.deepEqual(places(texts[key]), places(en[key]), key);
    }
    const same = (Object.keys(en) as (keyof Texts)[]).filter((key) => texts[key] === en[key] && / /.test(en[key]));
    assert.deepEqual(same, []);
    assert.equal(direction, language === 'ar' ? 'rtl' : 'ltr');
    assert.equal(texts.open, OPEN_CHAT[language], 'the launcher says the same before and after');
  });
}

test('the first wish that there is, is spoken', async () => {
  assert.equal(chooseLocale([null, 'xx', 'pt-BR', 'de']), 'pt-BR');
  assert.equal(chooseLocale(['xx']), 'en');
  assert.equal(chooseLocale(['de', 'fr-CA'], ['en', 'fr']), 'fr-CA');
  assert.equal(chooseLocale(['ja'], ['de', 'fr']), 'de');
  assert.equal(chooseLocale(['ja'], ['klingon']), 'ja');
  assert.equal((await speak('pt-BR')).locale, 'pt-BR');
  assert.deepEqual((await speak('xx')).texts, en);
});

test("the owner's words win, and what is not a sentence is left out", async () => {
  const { texts } = await speak('de', { placeholder: 'Na?', send: 5, toString: 'x' });
  assert.equal(texts.placeholder, 'Na?');
  assert.equal(texts.send, 'Nachricht senden');
  assert.equal(fill('{a} and {b}', { a: 1 }), '1 and ');
});

test('hours are told in words', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  const text = (availability: { open: boolean; opens_at?: string | null } | null) => awayText(availability, en, 'en-GB', now, 'UTC');
  assert.equal(text(null), null);
  assert.equal(text({ open: true }), null);
  assert.equal(text({ open: false }), 'We are away at the moment');
  assert.equal(text({ open: false, opens_at: '2026-03-10T11:00:00Z' }), 'We are away at the moment');
  assert.equal(text({ open: false, opens_at: '2026-03-10T14:00:00Z' }), 'We are away. Back 14:00');
  assert.match(text({ open: false, opens_at: '2026-03-11T09:00:00Z' }) ?? '', /Back Wednesday.* 0?9:00$/);
  assert.equal(text({ open: false, opens_at: '2026-03-30T09:00:00Z' }), 'We are away. Back 30 March');
});
