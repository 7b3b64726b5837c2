import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addressOf, curlOf, exampleOf, operations, summaryOf, type Description } from '../../api/description.ts';

/** The real description: the page has to know all that is in it. */
const description: Description = JSON.parse(readFileSync('../docs/openapi.json', 'utf8'));
const all = operations(description);
const named = (id: string) => {
  const found = all.find((operation) => operation.id === id);
  assert.ok(found, id);
  return found;
};

test('every operation is listed, with its group, its credentials and its answers', () => {
  const count = Object.values(description.paths).flatMap((methods) => Object.keys(methods)).length;
  assert.equal(all.length, count);
  assert.ok(all.every(({ group, summary, answers }) => group && summary && answers.length > 0));
  assert.equal(all.at(-1)?.group, 'chat');
  assert.deepEqual(named('getConversations').credentials, ['agentToken', 'session']);
  assert.deepEqual(named('postSession').credentials, []);
  const [, refused] = named('getConversations').answers.find(([status]) => status === '401') ?? [];
  assert.match(refused?.description ?? '', /credential/);
});

test('limits are said in words', () => {
  const limit = named('getConversations').parameters.find(({ name }) => name === 'limit');
  assert.ok(limit);
  assert.match(summaryOf(description, limit.schema), /1 to 200/);
  assert.equal(summaryOf(description, { type: 'array', items: { type: 'string', enum: ['a', 'b'] } }), 'list of string, a | b');
  assert.equal(summaryOf(description, { oneOf: [{ $ref: '#/components/schemas/Message' }, { type: 'null' }] }), 'Message or null');
});

test('a body is offered that the server would take', () => {
  for (const { id, bodies } of all) {
    const json = bodies.find(([type]) => type === 'application/json');
    if (json) assert.equal(typeof exampleOf(description, json[1]), 'object', id);
  }
  const made = exampleOf(description, { type: 'object', required: ['a'], properties: { a: { type: 'integer', minimum: 3 }, b: {} } });
  assert.deepEqual(made, { a: 3 });
});

test('an address has what was filled in, and nothing that was not', () => {
  const list = named('getConversations');
  assert.equal(addressOf(list, {}), '/api/v1/conversations');
  assert.equal(addressOf(list, { limit: ' 5 ', wait: '' }), '/api/v1/conversations?limit=5');
  assert.equal(addressOf(named('postConversationsIdClose'), { id: '1/2' }), '/api/v1/conversations/1%2F2/close');
});

test('a command can be pasted into a shell', () => {
  assert.equal(
    curlOf('http://a', 'POST', '/b', { 'Content-Type': 'application/json' }, `{"c":"it's"}`),
    `curl -X POST 'http://a/b' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"c":"it'\\''s"}'`,
  );
});
