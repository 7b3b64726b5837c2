import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../shared/api.ts';
import { emptyView, withStatus } from '../../shared/conversation-view.ts';
import type { Message } from '../../shared/types.ts';
import { daysBetween } from '../../inbox/format-time.ts';
import { initials, preview, visitorName } from '../../inbox/names.ts';
import { browserName } from '../../inbox/names-of-browsers.ts';
import { hrefOf, inboxRoute, parseRoute } from '../../inbox/routes.ts';
import { listQuery } from '../../inbox/state/list-query.ts';
import { emailErrors, problemOf } from '../../inbox/state/form.ts';
import { pageTitle } from '../../inbox/state/page-title.ts';
import { shownStatus } from '../../inbox/state/shown-status.ts';
import { message } from './fakes.ts';
import { row } from './inbox-server.ts';

const parse = (address: string) => parseRoute(new URL(address, 'https://chat.test'));

test('every route is found again at its own address', () => {
  for (const route of [
    inboxRoute(null),
    inboxRoute(7),
    inboxRoute(7, listQuery({ status: 'closed' })),
    inboxRoute(null, listQuery({ status: 'all', assignee: 3, team: 'none', label: 9, widget: 2, priority: 'high', unread: true, sort: 'waiting' })),
    { page: 'settings', name: null },
    { page: 'settings', name: 'preferences' },
    { page: 'settings', name: 'websites', detail: '3' },
    { page: 'settings', name: 'websites', detail: '3/appearance' },
    { page: 'mentions' },
    { page: 'search', words: '' },
    { page: 'search', words: 'a b&c' },
    { page: 'login', next: null },
    { page: 'login', next: inboxRoute(7, listQuery({ assignee: 'me' })) },
    { page: 'setup', token: 'cbi_abc' },
    { page: 'setup', token: null },
    { page: 'invitation', token: 'cbj_abc' },
    { page: 'password-reset', token: 'cbp_abc' },
  ] as const) {
    assert.deepEqual(parse(hrefOf(route)), route);
  }
});

test('addresses that mean nothing are unknown, and an unknown filter is the usual one', () => {
  for (const path of ['/inbox/x', '/inbox/conversations/0', '/inbox/conversations/1x', '/inbox/conversations/-1']) {
    assert.equal(parse(path).page, 'unknown', path);
  }
  assert.deepEqual(parse('/inbox/?status=nonsense&assignee=-1&unread=maybe'), inboxRoute(null));
});

test('after the login nobody is sent to another site', () => {
  for (const next of ['https://evil.test/inbox', '//evil.test/inbox', '/\\evil.test/inbox', 'javascript:alert(1)', '/other', '']) {
    assert.deepEqual(parse(`/inbox/login?next=${encodeURIComponent(next)}`), { page: 'login', next: null }, next);
  }
});

test('the title counts conversations with something unread', () => {
  assert.equal(pageTitle(0, null), 'Inbox · Antiphon');
  assert.equal(pageTitle(3, null), '(3) Inbox · Antiphon');
  assert.equal(pageTitle(100, 'Anna'), '(99+) Anna · Inbox · Antiphon');
});

test('days are counted by the calendar', () => {
  assert.equal(daysBetween(new Date(2026, 0, 1, 23, 59), new Date(2026, 0, 2, 0, 1)), 1);
  assert.equal(daysBetween(new Date(2026, 2, 1), new Date(2026, 3, 1)), 31, 'whatever the clocks do in March');
});

test('whichever side heard of the later change decides the status', () => {
  const view = withStatus(emptyView(1), { status: 'active', assignedTo: null, revision: 5 });
  assert.equal(shownStatus(null, null), null);
  assert.equal(shownStatus(row(1, 4, { status: 'closed' }), view)?.status, 'active');
  assert.equal(shownStatus(row(1, 6, { status: 'closed' }), view)?.status, 'closed');
  assert.equal(shownStatus(row(1, 6, { status: 'closed' }), null)?.status, 'closed');
  assert.equal(shownStatus(null, view)?.status, 'active');
});

test('people without a name still have one', () => {
  assert.equal(visitorName('  ', 12), 'Visitor #12');
  assert.equal(visitorName('Anna', 12), 'Anna');
  assert.deepEqual([initials('Anna Maria Schmidt'), initials('(x)'), initials('👍'), initials('ñandú')], ['AS', 'X', '', 'Ñ']);
});

test('the preview is one line and says who wrote, unless it was the visitor', () => {
  const last = (fields: Partial<Message>) => row(1, 1, { last_message: message(1, fields) });
  assert.equal(preview(row(1, 1), 'Ada'), '');
  assert.equal(preview(last({ sender_type: 'visitor', message: ' a\n\n b ' }), 'Ada'), 'a b');
  assert.equal(preview(last({ message: 'hi' }), 'Ada'), 'You: hi');
  assert.equal(preview(last({ message: 'hi' }), 'Bob'), 'Ada: hi');
  assert.equal(preview(last({ sender_type: 'bot', sender_name: null, message: 'hi' }), 'Ada'), 'Bot: hi');
  assert.equal(preview(last({ sender_type: 'visitor', message: '' }), 'Ada'), 'Sent a file');
});

test('a refused form tells each field what is wrong, and swallows nothing', () => {
  const refused = (details: Record<string, string[]>) => new ApiError('http', 'Validation failed', { status: 422, details });
  assert.deepEqual(problemOf(refused({ email: ['taken'] }), ['email']), { fields: { email: ['taken'] }, general: null });
  assert.deepEqual(problemOf(refused({ email: ['taken'], token: ['odd'] }), ['email']), {
    fields: { email: ['taken'] },
    general: 'odd',
  });
  const problem = (error: ApiError) => problemOf(error, ['email']).general;
  assert.match(problem(new ApiError('network', 'x')) ?? '', /could not be reached/);
  assert.match(problem(new ApiError('http', 'x', { status: 429, retryAfter: 1 })) ?? '', /in 1 second\./);
  assert.match(problem(new ApiError('http', 'secret cause', { status: 500 })) ?? '', /went wrong/);
  assert.equal(problem(new ApiError('http', 'Not allowed', { status: 403 })), 'Not allowed');
});

test('an address that cannot be one is refused before it is sent', () => {
  assert.equal(emailErrors(' a@b '), undefined);
  for (const email of ['', ' ', 'a', 'a@', '@b', 'a b@c', 'a@b@c']) assert.ok(emailErrors(email), email);
});

test('a browser is known by its name and system', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  assert.deepEqual(browserName(chrome), { browser: 'Chrome', system: 'Linux' });
  assert.deepEqual(browserName(`${chrome} Edg/140.0.0.0`.replace('X11; Linux x86_64', 'Windows NT 10.0')), {
    browser: 'Edge',
    system: 'Windows',
  });
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
  assert.deepEqual(browserName(phone), { browser: 'Safari', system: 'iPhone' });
  assert.deepEqual(browserName('curl/8'), { browser: null, system: null });
});
