/** The forms about what happens to conversations by itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capacityErrors, capacityOf } from '../../inbox/pages/settings/agents/capacity.ts';
import { draftOf, routingOf } from '../../inbox/pages/settings/websites/routing-draft.ts';
import { canAnswer } from '../../inbox/state/permissions.ts';

test('what a website does by itself survives its form', () => {
  for (const close_after_hours of [null, 1, 23, 24, 36, 8_760]) {
    for (const assignment_team_id of [null, 7]) {
      const routing = { assignment: 'least_busy' as const, assignment_team_id, close_after_hours };
      assert.deepEqual(routingOf(draftOf(routing)), routing);
    }
  }
});

test('whole days are shown as days, and a form that closes nothing proposes three', () => {
  const off = { assignment: 'off' as const, assignment_team_id: null };
  const shown = (close_after_hours: number | null) => {
    const { closes, amount, unit } = draftOf({ ...off, close_after_hours });
    return [closes, amount, unit];
  };
  assert.deepEqual(shown(48), [true, '2', 'days']);
  assert.deepEqual(shown(36), [true, '36', 'hours']);
  assert.deepEqual(shown(null), [false, '3', 'days']);
});

test('a capacity is a whole number or nothing', () => {
  for (const typed of ['', ' ', '0', '12', ' 3 ']) assert.equal(capacityErrors(typed), undefined, typed);
  for (const typed of ['-1', '1.5', 'many']) assert.ok(capacityErrors(typed), typed);
  assert.equal(capacityOf('  '), null);
  assert.equal(capacityOf('0'), 0);
  assert.equal(capacityOf('12'), 12);
});

test('only who is in the team and answers can be given a conversation', () => {
  assert.equal(canAnswer({ role: 'agent' }), true);
  assert.equal(canAnswer({ role: 'admin', active: true }), true);
  assert.equal(canAnswer({ role: 'viewer', active: true }), false);
  assert.equal(canAnswer({ role: 'admin', active: false }), false);
});
