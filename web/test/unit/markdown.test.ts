import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMarkdown, plainText } from '../../shared/markdown.ts';

const inline = (text: string) => {
  const [block] = parseMarkdown(text);
  assert.equal(block?.kind, 'text');
  return (block as { children: unknown[] }).children;
};
const strong = (...children: unknown[]) => ({ tag: 'strong', children });
const em = (...children: unknown[]) => ({ tag: 'em', children });

test('bold, italic and code, also within each other', () => {
  assert.deepEqual(inline('**Hello!** you'), [strong('Hello!'), ' you']);
  assert.deepEqual(inline('a __b *c*__ `d*e*`'), ['a ', strong('b ', em('c')), ' ', { tag: 'code', children: ['d*e*'] }]);
  assert.deepEqual(inline('_so_ it is'), [em('so'), ' it is']);
});

test('signs that are only signs stay as they were written', () => {
  for (const text of ['2*3*4', 'snake_case_name', '** not bold **', 'a ** b', '**', '`', '*a', 'f(*args, **kwargs)']) {
    assert.deepEqual(inline(text), [text], text);
  }
});

test('only web addresses become links', () => {
  const link = (text: string, href: string) => ({ tag: 'a', href, children: [text] });
  assert.deepEqual(inline('[our page](https://a.test/x_y_z) or https://b.test/c.'), [
    link('our page', 'https://a.test/x_y_z'),
    ' or ',
    link('https://b.test/c', 'https://b.test/c'),
    '.',
  ]);
  for (const text of ['[x](javascript:alert(1))', '<b>x</b>', '<img src=x onerror=alert(1)>', '[x](data:text/html,1)']) {
    assert.deepEqual(inline(text), [text]);
  }
});

test('lists and blocks of code', () => {
  assert.deepEqual(parseMarkdown('Why:\n\n- one\n- **two**\n\n1. first\n2. second\n```\na *b*\n```\nend'), [
    { kind: 'text', children: ['Why:'] },
    { kind: 'ul', items: [['one'], [strong('two')]] },
    { kind: 'ol', items: [['first'], ['second']] },
    { kind: 'pre', text: 'a *b*' },
    { kind: 'text', children: ['end'] },
  ]);
  assert.deepEqual(parseMarkdown('```\nnever ended'), [{ kind: 'text', children: ['```\nnever ended'] }]);
});

test('what is spoken has no signs', () => {
  assert.equal(plainText('**Hi** [there](https://a.test)\n- _x_\n`y`'), 'Hi there\n• x\ny');
});

test('texts made to be slow are not', () => {
  const started = performance.now();
  for (const text of ['*'.repeat(5_000), '**a '.repeat(1_250), '_a'.repeat(2_500), '['.repeat(5_000), '`a'.repeat(2_500), '[a](https://'.repeat(400)]) {
    plainText(text);
  }
  assert.ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
});

test('the line ends of forms are line ends', () => {
  assert.deepEqual(parseMarkdown('a\r\n- b\r\n- c').map(({ kind }) => kind), ['text', 'ul']);
});
