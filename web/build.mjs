/**
 * Builds everything the server serves from `web/` into `web/dist`:
 *
 *   chatbot-widget.js      the loader a site includes; a classic script with a stable name
 *   chatbot-test.html      the test page
 *   demo/index.html        the demo, and demo/preview.html, the shop in it
 *   inbox/index.html       the team inbox (when `inbox/main.tsx` exists)
 *   console/index.html     the developer's console
 *   antiphon-resume.js     recovery for pusher-js, for other people's pages; a classic script with a stable name
 *   assets/*               everything else, named by its content: may be cached for ever
 *
 * Text files of 512 bytes and more get `.br` and `.gz` siblings. The build fails when the widget or
 * `antiphon-resume` outgrows its size budget. A finished build replaces the old one in one rename.
 *
 * The npm package `antiphon-resume` gets the same source as modules, with its types, in `web/resume/dist`.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, transform } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const staging = join(root, '.build', `dist-${process.pid}`);

/** Browsers of the last five years. The loader runs in older ones too, so that it breaks no page there. */
const BROWSERS = ['es2020', 'chrome90', 'firefox90', 'safari15'];
const LOADER_BROWSERS = ['es2019'];
/** What every page view of a customer's site pays, and what the first open pays; brotli, in bytes. */
const LOADER_BUDGET = 5 * 1024;
const APP_BUDGET = 40 * 1024;
/** What a visitor pays later, for a part that is used: emoji, files, voice. */
const PART_BUDGET = 8 * 1024;
const LANGUAGES = 'widget/texts/';
/** What recovery costs a page that has pusher-js already; brotli, in bytes. */
const RESUME_BUDGET = 1300;
const COMPRESS_FROM = 512;
const TEXT_FILES = new Set(['.js', '.css', '.html', '.svg', '.json', '.txt', '.map']);

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  target: BROWSERS,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'file', '.png': 'file', '.woff2': 'file', '.mp3': 'file' },
  assetNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
};

/** Imports a style sheet as its minified text, for a shadow root. */
const cssAsText = {
  name: 'css-as-text',
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const { code } = await transform(source, { loader: 'css', minify: true, target: BROWSERS });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

await rm(staging, { recursive: true, force: true });
await mkdir(join(staging, 'assets'), { recursive: true });

const app = await buildModule('widget/app.ts', 'widget', [cssAsText]);
await build({
  ...common,
  entryPoints: ['widget/loader.ts'],
  outfile: join(staging, 'chatbot-widget.js'),
  format: 'iife',
  plugins: [cssAsText],
  target: LOADER_BROWSERS,
  supported: { 'dynamic-import': true },
  define: { __WIDGET_APP__: JSON.stringify(`assets/${app.script}`) },
});
await buildPage('pages/chatbot-test.ts', 'chatbot-test', 'pages/chatbot-test.html', 'chatbot-test.html');
await buildPage('demo/main.tsx', 'demo', 'demo/index.html', 'demo/index.html');
await buildPage('demo/preview.ts', 'demo-preview', 'demo/preview.html', 'demo/preview.html');
if (existsSync(join(root, 'inbox/main.tsx'))) {
  await buildPage('inbox/main.tsx', 'inbox', 'inbox/index.html', 'inbox/index.html');
}
await buildPage('console/main.tsx', 'console', 'console/index.html', 'console/index.html');
await buildResume();

const sizes = await compressAll(staging);
await replaceDist();
report(sizes);

/** Bundles a module and what it imports lazily into `assets/`; answers the names of its files. */
async function buildModule(entry, name, plugins = []) {
  const result = await build({
    ...common,
    entryPoints: [{ in: entry, out: name }],
    outdir: join(staging, 'assets'),
    entryNames: '[name]-[hash]',
    format: 'esm',
    splitting: true,
    plugins,
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint !== entry) continue;
    const style = output.cssBundle ? basename(output.cssBundle) : null;
    const atOnce = staticFiles(path, result.metafile.outputs);
    const lazy = Object.entries(result.metafile.outputs).filter(([file]) => !atOnce.includes(file) && file.endsWith('.js'));
    // The languages: of all of them one is loaded.
    const languages = lazy.filter(([, { entryPoint }]) => entryPoint?.startsWith(LANGUAGES)).map(([file]) => basename(file));
    const rest = lazy.map(([file]) => basename(file)).filter((file) => !languages.includes(file));
    return { script: basename(path), style, atOnce: atOnce.map((file) => basename(file)), languages, rest };
  }
  throw new Error(`${entry} was not built`);
}

/** A file and all that it imports statically. */
function staticFiles(path, outputs, found = []) {
  if (found.includes(path)) return found;
  found.push(path);
  for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
    if (kind === 'import-statement') staticFiles(imported, outputs, found);
  }
  return found;
}

/** A module with its HTML page; `%SCRIPT%` and `%STYLE%` in the page become the files' addresses. */
async function buildPage(entry, name, template, output) {
  const { script, style } = await buildModule(entry, name);
  const html = (await readFile(join(root, template), 'utf8'))
    .replaceAll('%SCRIPT%', `/assets/${script}`)
    .replaceAll('%STYLE%', style ? `/assets/${style}` : 'data:text/css,');
  const file = join(staging, output);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, html);
}

/** `antiphon-resume`: the script that the server has, and the modules and types of the package. */
async function buildResume() {
  const options = { ...common, target: LOADER_BROWSERS };
  const outfile = join(staging, 'antiphon-resume.js');
  await build({ ...options, entryPoints: ['resume/script.ts'], outfile, format: 'iife' });

  const folder = join(root, 'resume/dist');
  await rm(folder, { recursive: true, force: true });
  const entryPoints = ['resume/resume.ts'];
  await build({ ...options, entryPoints, outfile: join(folder, 'resume.mjs'), format: 'esm', minify: false });
  await build({ ...options, entryPoints, outfile: join(folder, 'resume.cjs'), format: 'cjs', minify: false });
  const types = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', folder];
  const compiler = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(compiler, [...types, '--ignoreConfig', '--target', 'es2019', join(root, entryPoints[0])]);
  await copyFile(join(folder, 'resume.d.ts'), join(folder, 'resume.d.cts'));
  await copyFile(outfile, join(folder, 'antiphon-resume.js'));
}

/** Writes the compressed siblings; answers the brotli size of every file, by its path. */
async function compressAll(folder) {
  const sizes = new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  await Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath ?? entry.path, entry.name);
      const bytes = await readFile(file);
      const size = { raw: bytes.length, br: bytes.length, gz: bytes.length };
      sizes.set(relative(folder, file), size);
      if (!TEXT_FILES.has(extname(file)) || bytes.length < COMPRESS_FROM) return;
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      const [br, gz] = await Promise.all([
        promisify(brotliCompress)(bytes, { params }),
        promisify(gzip)(bytes, { level: 9 }),
      ]);
      size.br = br.length;
      size.gz = gz.length;
      await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
    }),
  );
  return sizes;
}

async function replaceDist() {
  const old = `${staging}-old`;
  if (existsSync(dist)) await rename(dist, old);
  await rename(staging, dist);
  await rm(old, { recursive: true, force: true });
}

function report(sizes) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(2)} KiB`.padStart(11);
  console.log(`${'file'.padEnd(40)}${'raw'.padStart(11)}${'gzip'.padStart(11)}${'brotli'.padStart(11)}`);
  for (const [file, { raw, gz, br }] of [...sizes].sort()) {
    console.log(`${file.padEnd(40)}${kib(raw)}${kib(gz)}${kib(br)}`);
  }
  const loader = sizes.get('chatbot-widget.js').br;
  const sizeOf = (file) => sizes.get(join('assets', file)).br;
  const language = Math.max(0, ...app.languages.map(sizeOf));
  const open = app.atOnce.reduce((sum, file) => sum + sizeOf(file), language);
  console.log(`widget loader ${kib(loader)} of ${kib(LOADER_BUDGET)}, on first open ${kib(open)} of ${kib(APP_BUDGET)}`);
  const parts = app.rest.map((file) => `${file} ${kib(sizeOf(file)).trim()}`).join(', ');
  console.log(`of which the largest language ${kib(language).trim()}; only when used: ${parts || 'nothing'}`);
  if (loader > LOADER_BUDGET || open > APP_BUDGET || app.rest.some((file) => sizeOf(file) > PART_BUDGET)) {
    console.error('The widget is over its size budget.');
    process.exitCode = 1;
  }
  const resume = sizes.get('antiphon-resume.js').br;
  console.log(`antiphon-resume ${resume} bytes of ${RESUME_BUDGET}`);
  if (resume > RESUME_BUDGET) {
    console.error('antiphon-resume is over its size budget.');
    process.exitCode = 1;
  }
}
