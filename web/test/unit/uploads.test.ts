import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areReadable } from '../../shared/file-request.ts';
import { fileId } from '../../shared/file-sender.ts';
import { peaks } from '../../shared/waveform.ts';
import { texts as en } from '../../widget/texts/en.ts';
import { formatSize, type UploadRules } from '../../shared/upload-rules.ts';
import { judgeFiles, uploadRules } from '../../widget/upload-rules.ts';

const widget = (fields: object) => ({ name: 'Shop', welcome_message: null, ...fields });

test('what may be sent is what the server says, narrowed by the settings', () => {
  assert.equal(uploadRules(widget({})), null, 'a server that says nothing of files takes none');
  const limits = { file_max_bytes: 100, file_max_count: 3, file_types: ['image/*'] };
  assert.deepEqual(uploadRules(widget({ limits })), { maxBytes: 100, maxFiles: 3, accept: ['image/*'] });
  const settings = { files: { enabled: true, max_bytes: 1_000, max_files: 1, accept: ['image/png'] } };
  assert.deepEqual(uploadRules(widget({ limits, settings })), { maxBytes: 100, maxFiles: 1, accept: ['image/png'] });
  assert.deepEqual(uploadRules(widget({ limits, settings: { files: { accept: [] } } }))?.accept, ['image/*']);
  assert.equal(uploadRules(widget({ limits, settings: { files: { enabled: false } } })), null);
});

test('a file that cannot be sent is told from one that can, with the reason', () => {
  const rules: UploadRules = { maxBytes: 2_048, maxFiles: 2, accept: ['image/*', 'application/pdf'] };
  const file = (name: string, size = 1, type = 'image/png') => ({ name, size, type });
  const judge = (files: ReturnType<typeof file>[], chosen = 0) => {
    const { taken, problems } = judgeFiles(files, chosen, rules, en, 'en');
    return [taken.map(({ name }) => name), problems];
  };
  assert.deepEqual(judge([file('a'), file('b', 2_048, 'application/pdf')]), [['a', 'b'], []]);
  assert.deepEqual(judge([file('big', 2_049), file('c', 1, 'text/html'), file('d', 1, '')]), [
    ['d'],
    ['big is too large. The limit is 2 kB.', 'This type of file cannot be sent: c.'],
  ]);
  assert.deepEqual(judge([file('e'), file('f')], 1), [['e'], ['At most 2 files at once.']]);
});

test('sizes are told in the language', () => {
  assert.equal(formatSize(0, 'en'), '0 byte');
  assert.equal(formatSize(1_536, 'de'), '1,5 kB');
  assert.equal(formatSize(10 * 1024 * 1024, 'en'), '10 MB');
});

test('a waveform fills the place there is, whatever its length and unit', () => {
  assert.equal(new Set([peaks(null), peaks([]), peaks([1]), peaks([3, 255, 0])].map(({ length }) => length)).size, 1);
  assert.ok(peaks(null).every((peak) => peak === 0));
  const long = peaks(Array.from({ length: 1_000 }, (_, index) => (index === 500 ? -80 : 8)));
  assert.equal(Math.max(...long), 1);
  assert.ok(long.filter((peak) => peak === 1).length === 1 && long.every((peak) => peak >= 0.1));
});

test('a file that is gone is noticed', async () => {
  assert.equal(await areReadable([{ blob: new Blob(['x']) }]), true);
  const gone = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) } as unknown as Blob;
  assert.equal(await areReadable([{ blob: new Blob(['x']) }, { blob: gone }]), false);
});

test('every file of a message has a UUID of its own, and always the same', () => {
  const message = '3f0c1c5e-8d5b-4b57-9f0a-0d8c6a2f1e07';
  const ids = Array.from({ length: 10 }, (_, index) => fileId(message, index));
  assert.equal(new Set([message, ...ids]).size, 11);
  assert.ok(ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)), ids.join());
  assert.deepEqual(ids, Array.from({ length: 10 }, (_, index) => fileId(message, index)));
});
