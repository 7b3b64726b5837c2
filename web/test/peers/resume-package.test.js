/** `antiphon-resume` in each of the forms in which it is had: from the server, and from the package. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startServer } from '../support/server.js';

const PACKAGE = new URL('../../resume/', import.meta.url);

let server;
before(async () => {
  server = await startServer({ split: true });
});
after(() => server?.close());

test('both processes hand the script out, to every page, with a short life and a tag', async () => {
  const built = await readFile(new URL('dist/antiphon-resume.js', PACKAGE), 'utf8');
  for (const port of [server.httpPort, server.socketPort]) {
    const url = `http://127.0.0.1:${port}/antiphon-resume.js`;
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), built);
    assert.match(response.headers.get('content-type'), /^text\/javascript/);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
    assert.match(response.headers.get('cache-control'), /^public, max-age=300\b/);
    const etag = response.headers.get('etag');
    const again = await fetch(url, { headers: { 'If-None-Match': etag } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  }
});

test('the package has modules of both kinds, and every file that it names', async () => {
  const manifest = JSON.parse(await readFile(new URL('package.json', PACKAGE), 'utf8'));
  const { import: esm, require: cjs } = manifest.exports['.'];
  const modules = [await import(new URL(esm.default, PACKAGE).href), createRequire(import.meta.url)(new URL(cjs.default, PACKAGE).pathname)];
  for (const { resume } of modules) assert.equal(resume({}), false);
  const files = [manifest.main, manifest.module, manifest.types, manifest.unpkg, esm.types, cjs.types, manifest.exports['./script']];
  for (const file of files) assert.ok((await readFile(new URL(file, PACKAGE), 'utf8')).includes('resume'), file);
});
