import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient, ApiError, parseRetryAfter } from '../../shared/api.ts';
import { FakeClock, settle } from './fakes.ts';

type Answer = (input: string, init: RequestInit) => Promise<Response>;

function setUp(answer: Answer) {
  const clock = new FakeClock();
  const calls: { url: string; init: RequestInit }[] = [];
  const client = new ApiClient({
    baseUrl: 'https://chat.test',
    token: () => 'secret',
    clock,
    fetch: ((url: string, init: RequestInit) => {
      calls.push({ url, init });
      return answer(url, init);
    }) as typeof fetch,
  });
  return { clock, calls, client };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

async function failure(work: Promise<unknown>): Promise<ApiError> {
  try {
    await work;
  } catch (error) {
    assert(error instanceof ApiError);
    return error;
  }
  return assert.fail('the request did not fail');
}

/** A request that is never answered, and ends when it is aborted. */
const silence: Answer = (_url, init) =>
  new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))));

test('a request carries JSON, the token and only the parameters that are set', async () => {
  const { client, calls } = setUp(async () => json(200, { ok: true }));
  assert.deepEqual(await client.post('/x', { a: 1 }, { query: { b: 2, c: undefined, d: null } }), { ok: true });
  const { url, init } = calls[0]!;
  assert.equal(url, 'https://chat.test/x?b=2');
  assert.equal(init.body, '{"a":1}');
  assert.equal(init.credentials, 'omit');
  assert.deepEqual(init.headers, {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    Authorization: 'Bearer secret',
  });
});

test('a refusal carries status, details, request id and the time to wait', async () => {
  const body = { error: 'Validation failed', details: { message: ['Too long.'] }, request_id: 'r1' };
  const { client } = setUp(async () => json(422, body, { 'Retry-After': '7' }));
  const error = await failure(client.get('/x'));
  assert.equal(error.message, 'Validation failed');
  assert.deepEqual([error.status, error.retryAfter, error.requestId], [422, 7, 'r1']);
  assert.deepEqual(error.details, { message: ['Too long.'] });
  assert.equal(error.transient, false);
  assert.equal(error.offline, false);
});

for (const [status, transient] of [[408, true], [429, true], [500, true], [503, true], [401, false], [404, false], [409, false]] as const) {
  test(`${status} is ${transient ? '' : 'not '}worth a retry, with or without a readable body`, async () => {
    const { client } = setUp(async () => json(status, '<html>'));
    assert.equal((await failure(client.get('/x'))).transient, transient);
  });
}

test('no answer is a network error', async () => {
  const { client } = setUp(() => Promise.reject(new TypeError('Failed to fetch')));
  const error = await failure(client.get('/x'));
  assert.deepEqual([error.kind, error.offline, error.transient], ['network', true, true]);
});

test("a captive portal's page is no answer of the server", async () => {
  const { client } = setUp(async () => json(200, '<html>Log in to the Wi-Fi</html>'));
  const error = await failure(client.get('/x'));
  assert.deepEqual([error.kind, error.offline, error.transient], ['invalid', true, true]);
});

test('a request is given up after its time limit', async () => {
  const { client, clock } = setUp(silence);
  const request = failure(client.get('/x', { timeoutMs: 500 }));
  await clock.advance(500);
  const error = await request;
  assert.deepEqual([error.kind, error.transient], ['timeout', true]);
});

test('a cancelled request says so', async () => {
  const { client } = setUp(silence);
  const abort = new AbortController();
  const request = failure(client.get('/x', { signal: abort.signal }));
  await settle();
  abort.abort();
  assert.equal((await request).kind, 'aborted');
});

test('Retry-After is understood in seconds and as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  assert.equal(parseRetryAfter('5', now), 5);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now), 30);
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
  assert.equal(parseRetryAfter('soon', now), null);
  assert.equal(parseRetryAfter(null, now), null);
});
