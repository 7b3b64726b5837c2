import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLanguage, language, LANGUAGES, speak, text } from '../../inbox/text.ts';
import { de } from '../../inbox/texts/de.ts';
import { en } from '../../inbox/texts/en.ts';

const CATALOGUES = { de };
/** The same word in both languages, and no mistake. */
const SAME = new Set(['thread.browser', 'thread.labels', 'thread.team', 'thread.position', 'thread.emoji', 'product', 'connection.live', 'form.name', 'message.bot', 'message.system', 'settings.groups.team', 'commands.keys.escape']);

/** Every sentence by its path; those that are made from numbers and names, for two numbers. */
function sentences(words: object, path = ''): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [key, value] of Object.entries(words)) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === 'string') found.set(here, [value]);
    else if (typeof value === 'function') {
      const made = value as (...inputs: unknown[]) => string;
      found.set(here, [1, 2].map((count) => made(...Array.from({ length: made.length }, (_, index) => count + index * 40))));
    } else for (const [at, inside] of sentences(value as object, here)) found.set(at, inside);
  }
  return found;
}

for (const [name, words] of Object.entries(CATALOGUES)) {
  test(`${name} has every sentence of the English, with what stands in it, and none in English`, () => {
    const [ours, english] = [sentences(words), sentences(en)];
    assert.deepEqual([...ours.keys()].sort(), [...english.keys()].sort());
    for (const [path, made] of ours) {
      const original = english.get(path) ?? [];
      made.forEach((sentence, index) => {
        assert.ok(sentence.trim(), path);
        assert.doesNotMatch(sentence, /undefined|NaN|\[object/, path);
        const numbers = (words: string | undefined) => [...(words ?? '').matchAll(/\d+/g)].map(([number]) => number).sort();
        assert.deepEqual(numbers(sentence), numbers(original[index]), path);
        const letters = sentence.replace(/[\d\W]/g, '');
        if (letters.length > 2 && !SAME.has(path)) assert.notEqual(sentence, original[index], path);
      });
    }
  });
}

test('the first wish that there is, is spoken', async () => {
  assert.equal(chooseLanguage(['fr', 'de-AT', 'en']), 'de');
  assert.equal(chooseLanguage([null, undefined, 'EN-GB']), 'en');
  assert.equal(chooseLanguage(['ja']), 'en');
  assert.ok(LANGUAGES.every((known) => chooseLanguage([known]) === known));
});

test('another language is there for everybody who looks, and those who follow are told once', async () => {
  let told = 0;
  const off = language.subscribe(() => (told += 1));
  await speak('de');
  await speak('de');
  assert.equal(text.login.title, 'Anmelden');
  assert.equal(language.state, 'de');
  await speak('en');
  assert.equal(text.login.title, 'Log in');
  assert.equal(told, 2);
  off();
});
