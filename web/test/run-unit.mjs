/** Bundles every `test/unit/*.test.ts` for Node and runs the results with Node's own test runner. */

import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outdir = join(root, '.build', `unit-${process.pid}`);
const names = (await readdir(join(root, 'test/unit'))).filter((name) => name.endsWith('.test.ts'));

await build({
  absWorkingDir: root,
  entryPoints: names.map((name) => `test/unit/${name}`),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const files = names.map((name) => join(outdir, name.replace(/\.ts$/, '.mjs')));
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
await rm(outdir, { recursive: true, force: true });
process.exitCode = status ?? 1;
