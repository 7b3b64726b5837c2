import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomUuid } from '../../shared/ids.ts';
import { WebStorage } from '../../shared/storage.ts';
import { onWake } from '../../shared/wake.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are UUIDs, with and without a secure context', () => {
  const getRandomValues = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
  assert.match(randomUuid(), UUID);
  assert.match(randomUuid({ getRandomValues }), UUID);
  assert.notEqual(randomUuid({ getRandomValues }), randomUuid({ getRandomValues }));
});

test('storage that refuses to write keeps working from memory', () => {
  const full = {
    length: 0,
    key: () => null,
    getItem: () => null,
    removeItem: () => {},
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
  } as unknown as Storage;
  for (const area of [full, null]) {
    const storage = new WebStorage(area);
    storage.set('a:1', 'x');
    assert.equal(storage.get('a:1'), 'x');
    assert.deepEqual(storage.keys('a:'), ['a:1']);
    storage.remove('a:1');
    assert.equal(storage.get('a:1'), null);
  }
});

test('the page wakes when the network returns or it becomes visible, not when it is hidden', () => {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  let wakes = 0;
  const off = onWake(() => (wakes += 1), { window, document });
  window.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  window.dispatchEvent(new Event('pageshow'));
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(wakes, 3);
  off();
  window.dispatchEvent(new Event('online'));
  assert.equal(wakes, 3);
});
