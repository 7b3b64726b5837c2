import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Account } from '../../inbox/state/account.ts';
import type { Me } from '../../inbox/inbox-api.ts';
import { Emitter } from '../../shared/emitter.ts';
import type { Workspace } from '../../inbox/state/workspace.ts';
import { FakeClock, settle } from './fakes.ts';

interface Answer {
  status: number;
  body?: unknown;
}

function setUp(answers: Record<string, Answer | 'offline'>) {
  const clock = new FakeClock();
  const requests: string[] = [];
  const workspace = { log: [] as string[], wishes: new Emitter<{ recheck: null }>() };
  const account = new Account({
    clock,
    fetch: async (input, init) => {
      const request = `${init?.method} ${String(input)}`;
      requests.push(request);
      const answer = answers[request];
      if (!answer || answer === 'offline') throw new TypeError('unreachable');
      return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), { status: answer.status });
    },
    createWorkspace: () =>
      ({
        start: () => workspace.log.push('start'),
        stop: () => workspace.log.push('stop'),
        forget: async () => void workspace.log.push('forget'),
        renew: () => workspace.log.push('renew'),
        wishes: workspace.wishes,
      }) as unknown as Workspace,
  });
  return { account, answers, clock, requests, workspace };
}

const ME = { status: 200, body: { agent: { id: 1 }, realtime: { providers: [] } } };
const NOBODY = { status: 401, body: { error: 'Unauthenticated', setup_required: false } };

test('whoever is logged in gets a workspace', async () => {
  const { account, workspace } = setUp({ 'GET /api/v1/me': ME });
  assert.equal(account.state.phase, 'unknown');
  await account.check();
  assert.equal(account.state.phase, 'logged-in');
  assert.deepEqual(workspace.log, ['start']);
});

test('whoever lacks the second factor that the team asks for has no workspace until it is set up', async () => {
  const missing = { status: 200, body: { ...ME.body, two_factor_missing: true } };
  const { account, answers, workspace } = setUp({ 'GET /api/v1/me': missing });
  await account.check();
  assert.equal(account.state.phase, 'two-factor-missing');
  assert.deepEqual(workspace.log, []);
  answers['GET /api/v1/me'] = ME;
  await account.check();
  assert.equal(account.state.phase, 'logged-in');
});

test('it is told when nobody can log in yet', async () => {
  const fresh = { status: 401, body: { error: 'Unauthenticated', setup_required: true } };
  const { account } = setUp({ 'GET /api/v1/me': fresh });
  await account.check();
  assert.deepEqual(account.state, { phase: 'logged-out', reason: 'new', setupRequired: true });
});

test('a server that gives no answer is asked until it does', async () => {
  const { account, answers, clock } = setUp({ 'GET /api/v1/me': 'offline' });
  await account.check();
  assert.equal(account.state.phase, 'unreachable');
  answers['GET /api/v1/me'] = ME;
  await clock.advance(1_000);
  assert.equal(account.state.phase, 'logged-in');
});

test('a wrong password is an error of the form and not the end of a session', async () => {
  const { account } = setUp({ 'GET /api/v1/me': NOBODY, 'POST /api/v1/session': { status: 401, body: { error: 'wrong' } } });
  await account.check();
  await assert.rejects(account.logIn('a@b', 'x'), { status: 401 });
  assert.deepEqual(account.state, { phase: 'logged-out', reason: 'new', setupRequired: false });
});

test('a 401 to any request ends the session, once', async () => {
  const { account, answers, workspace } = setUp({ 'GET /api/v1/me': ME });
  await account.check();
  const states: string[] = [];
  account.subscribe(() => states.push(account.state.phase));
  answers['POST /api/v1/conversations/1/close'] = NOBODY;
  await Promise.allSettled([account.api.close(1), account.api.close(1)]);
  await settle();
  assert.deepEqual(account.state, { phase: 'logged-out', reason: 'expired', setupRequired: false });
  assert.deepEqual(states, ['logged-out']);
  assert.deepEqual(workspace.log, ['start', 'stop']);
});

test('logging out forgets what was not sent', async () => {
  const { account, workspace } = setUp({ 'GET /api/v1/me': ME, 'DELETE /api/v1/session': { status: 204 } });
  await account.check();
  await account.logOut();
  assert.deepEqual(account.state, { phase: 'logged-out', reason: 'left', setupRequired: false });
  assert.deepEqual(workspace.log, ['start', 'forget', 'stop']);
});

test('a log-out that fails leaves everything as it is', async () => {
  const { account, workspace } = setUp({ 'GET /api/v1/me': ME, 'DELETE /api/v1/session': 'offline' });
  await account.check();
  await assert.rejects(account.logOut());
  assert.equal(account.state.phase, 'logged-in');
  assert.deepEqual(workspace.log, ['start']);
});

test('whoever may do something else now sees it, and whoever needs a second factor sets it up', async () => {
  const { account, answers, workspace } = setUp({ 'GET /api/v1/me': ME });
  await account.check();
  workspace.wishes.emit('recheck', null);
  await settle();
  assert.deepEqual(workspace.log, ['start', 'renew']);
  answers['GET /api/v1/me'] = { status: 200, body: { ...ME.body, two_factor_missing: true } };
  workspace.wishes.emit('recheck', null);
  await settle();
  assert.equal(account.state.phase, 'two-factor-missing');
  assert.deepEqual(workspace.log, ['start', 'renew', 'stop']);
});

test('an older answer about what one may do is not taken after a newer', async () => {
  const { account, answers, workspace } = setUp({ 'GET /api/v1/me': ME });
  await account.check();
  const answer: ((me: Me) => void)[] = [];
  account.api.me = () => new Promise((resolve) => answer.push(resolve));
  workspace.wishes.emit('recheck', null);
  workspace.wishes.emit('recheck', null);
  const me = answers['GET /api/v1/me'] as { body: unknown };
  answer[1]?.(me.body as Me);
  await settle();
  answer[0]?.({ ...(me.body as Me), two_factor_missing: true });
  await settle();
  assert.deepEqual(workspace.log, ['start', 'renew']);
  assert.equal(account.state.phase, 'logged-in');
});
