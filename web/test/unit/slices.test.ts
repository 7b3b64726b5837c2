import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSlice } from '../../widget/slices.ts';

const slice = (length: number, drawn: number[], size = 3) => nextSlice(length, (place) => drawn.includes(place), size);

test('a list is drawn from its end upwards', () => {
  assert.deepEqual(slice(8, []), [5, 6, 7]);
  assert.deepEqual(slice(8, [5, 6, 7]), [2, 3, 4]);
  assert.deepEqual(slice(8, [2, 3, 4, 5, 6, 7]), [0, 1]);
  assert.deepEqual(slice(8, [0, 1, 2, 3, 4, 5, 6, 7]), []);
  assert.deepEqual(slice(0, []), []);
});

test('what is new and what was missing go before what is older, and what is there stays one piece', () => {
  assert.deepEqual(slice(8, [2, 3]), [4, 5, 6]);
  assert.deepEqual(slice(8, [2, 4, 5, 6]), [1, 3, 7]);
});
