import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ticksUpTo } from '../../inbox/components/line-chart.tsx';
import { change, duration, percent, score } from '../../inbox/format-figures.ts';
import { hrefOf, parseRoute } from '../../inbox/routes.ts';
import { choiceKey, DEFAULT_CHOICE, parseChoice, queryOf, reportParts, wrongDays } from '../../inbox/state/report-query.ts';
import { speak } from '../../inbox/text.ts';

const parsed = (query: string) => parseChoice(new URLSearchParams(query));

test('a choice stands in the address, and what is not understood is as at the beginning', () => {
  assert.equal(choiceKey(DEFAULT_CHOICE), '');
  for (const query of [
    '',
    'period=30&hours=business&widget=3',
    'from=2026-03-01&to=2026-03-31&interval=hour&team=2&agent=5',
    'period=today&interval=day',
  ]) {
    assert.equal(choiceKey(parsed(query)), query);
  }
  for (const query of ['period=decade', 'period=custom', 'from=2026-02-30&to=2026-03-01', 'from=2026-03-01', 'widget=0', 'hours=mine']) {
    assert.deepEqual(parsed(query), DEFAULT_CHOICE, query);
  }
  const route = parseRoute(new URL('http://desk.example/inbox/reports?period=90'));
  assert.deepEqual(route, { page: 'reports', query: 'period=90' });
  assert.equal(hrefOf(route), '/inbox/reports?period=90');
});

test('periods are days of the calendar, today among them', () => {
  // The clock is changed on 29 March in most of Europe; whatever the zone of this test, the days are these.
  const today = new Date(2026, 2, 30, 15, 30);
  const days = (query: string) => {
    const { from, to, interval } = queryOf(parsed(query), today, 'Europe/Berlin');
    return [from, to, interval];
  };
  assert.deepEqual(days(''), ['2026-03-24', '2026-03-30', 'day']);
  assert.deepEqual(days('period=today'), ['2026-03-30', '2026-03-30', 'hour']);
  assert.deepEqual(days('period=today&interval=day'), ['2026-03-30', '2026-03-30', 'day']);
  assert.deepEqual(days('period=30&interval=hour'), ['2026-03-01', '2026-03-30', 'hour']);
  // Hours of three months would be too many to see.
  assert.deepEqual(days('period=90&interval=hour'), ['2025-12-31', '2026-03-30', 'day']);
  assert.deepEqual(days('from=2025-04-01&to=2026-04-01'), ['2025-04-01', '2026-04-01', 'day']);
});

test('the server is asked for what was chosen', () => {
  const query = queryOf(parsed('period=today&hours=business&agent=7'), new Date(2026, 2, 30), 'Asia/Kathmandu');
  assert.deepEqual(reportParts(query), {
    from: '2026-03-30',
    to: '2026-03-30',
    zone: 'Asia/Kathmandu',
    interval: 'hour',
    hours: 'business',
    agent_id: '7',
  });
});

test('days that make no period say why', () => {
  assert.equal(wrongDays('2026-03-01', '2026-03-01'), null);
  assert.equal(wrongDays('2024-01-01', '2024-12-31'), null);
  assert.equal(wrongDays('2024-01-01', '2025-01-01'), 'long');
  assert.equal(wrongDays('2026-03-02', '2026-03-01'), 'backwards');
  assert.equal(wrongDays('', '2026-03-01'), 'missing');
});

test('figures read as people say them, in the language that is spoken', async () => {
  assert.deepEqual([0, 59, 60, 3_661, 9_900, 86_400, 228_000].map(duration), [
    '0 sec',
    '59 sec',
    '1 min',
    '1 hr 1 min',
    '2 hr 45 min',
    '1 day',
    '2 days 15 hr',
  ]);
  assert.equal(duration(null), '–');
  assert.deepEqual([score(4), score(3.43), score(null)], ['4.0', '3.43', '–']);
  assert.deepEqual([percent(0.8), percent(null)], ['80%', '–']);
  assert.deepEqual([change(15, 10), change(5, 10)], ['+50%', '-50%']);
  await speak('de');
  assert.equal(score(3.43), '3,43');
  assert.equal(duration(9_900), '2 Std. 45 Min.');
  await speak('en');
});

test('a scale has few steps, of numbers that people know', () => {
  assert.deepEqual(ticksUpTo(0, 'count'), [0, 1]);
  assert.deepEqual(ticksUpTo(3, 'count'), [0, 1, 2, 3]);
  assert.deepEqual(ticksUpTo(17, 'count'), [0, 5, 10, 15, 20]);
  assert.deepEqual(ticksUpTo(430, 'count'), [0, 200, 400, 600]);
  assert.deepEqual(ticksUpTo(100, 'time'), [0, 30, 60, 90, 120]);
  assert.deepEqual(ticksUpTo(228_000, 'time'), [0, 86_400, 172_800, 259_200]);
});
