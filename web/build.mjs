/**
 * Builds everything the server serves from `web/` into `web/dist`:
 *
 *   chatbot-widget.js      the loader a site includes; a classic script with a stable name
 *   chatbot-test.html      the test page
 *   widget-preview.html    the widget in the inbox's settings, as it is edited
 *   demo/index.html        the demo, and demo/preview.html, the shop in it
 *   inbox/index.html       the team inbox (when `inbox/main.tsx` exists)
 *   console/index.html     the developer's console
 *   api/index.html         the page that describes the API and lets it be tried
 *   antiphon-resume.js     recovery for pusher-js, for other people's pages; a classic script with a stable name
 *   assets/*               everything else, named by its content: may be cached for ever
 *
 * Text files of 512 bytes and more get `.br` and `.gz` siblings. The build fails when the widget or
 * `antiphon-resume` outgrows its size budget. A finished build replaces the old one in one rename.
 *
 * The npm package `antiphon-resume` gets the same source as modules, with its types, in `web/resume/dist`.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, transform } from 'esbuild';
import { buildLayers } from './layers.mjs';

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
/** The files that the chat is loaded in; each is compiled in one go, so none should be much larger than the others. */
const LAYERS = [
  ['base', 'widget/dom.ts', 'widget/styles.ts', 'widget/texts.ts', 'widget/format.ts', 'widget/markdown.ts', 'shared/api.ts', 'shared/chat-api.ts', 'shared/task.ts', 'shared/shared-realtime.ts', 'shared/realtime.ts', 'shared/tabs.ts', 'widget/menu.ts', 'widget/attention.ts', 'widget/appearance.ts', 'widget/console-contract.ts'],
  ['session', 'shared/conversation-session.ts', 'shared/outbox-store.ts', 'widget/message-list.ts'],
];
/** What recovery costs a page that has pusher-js already; brotli, in bytes. */
const RESUME_BUDGET = 1300;
const COMPRESS_FROM = 512;
const TEXT_FILES = new Set(['.js', '.css', '.html', '.svg', '.json', '.txt', '.map', '.webmanifest']);

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

/** The page of each application that is nothing without its script. */
const APP_PAGE = 'pages/app.html';

/** The icons of the installed inbox. */
const ICONS = [
  ['icon-192.png', '192x192', 'any'],
  ['icon-512.png', '512x512', 'any'],
  ['maskable-512.png', '512x512', 'maskable'],
  ['apple-180.png', '180x180', null],
];

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

const app = await buildWidget();
await build({
  ...common,
  entryPoints: ['widget/loader.ts'],
  outfile: join(staging, 'chatbot-widget.js'),
  format: 'iife',
  plugins: [cssAsText],
  target: LOADER_BROWSERS,
  supported: { 'dynamic-import': true },
  define: {
    __WIDGET_APP__: JSON.stringify(`assets/${app.script}`),
    __WIDGET_LAYERS__: JSON.stringify(app.layers),
    __WIDGET_WHOLE__: JSON.stringify(`assets/${app.whole}`),
  },
});
await buildPage('pages/chatbot-test.ts', 'chatbot-test', 'pages/chatbot-test.html', 'chatbot-test.html');
await buildPage('pages/widget-preview.ts', 'widget-preview', 'pages/widget-preview.html', 'widget-preview.html');
await buildPage('demo/main.tsx', 'demo', 'demo/index.html', 'demo/index.html');
await buildPage('demo/preview.ts', 'demo-preview', 'demo/preview.html', 'demo/preview.html');
await buildInbox();
await buildPage('console/main.tsx', 'console', APP_PAGE, 'console/index.html', { '%TITLE%': 'Console' });
await buildPage('api/main.tsx', 'api', APP_PAGE, 'api/index.html', { '%TITLE%': 'API' });
await buildResume();

const sizes = await compressAll(staging);
await replaceDist();
report(sizes);

/** The chat in layers and parts, and once more in a single file; answers the names of the files. */
async function buildWidget() {
  const options = { ...common, plugins: [cssAsText] };
  const outdir = join(staging, 'assets');
  const entry = 'widget/app.ts';
  const { metafile } = await build({ ...options, entryPoints: [{ in: entry, out: 'whole' }], outdir, entryNames: '[name]-[hash]', format: 'esm' });
  const whole = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry)[0];
  const { script, layers, parts } = await buildLayers({ entry, name: 'widget', layers: LAYERS, options, graph: metafile, outdir });
  const isLanguage = (module) => module.startsWith(LANGUAGES);
  // The languages: of all of them one is loaded.
  const languages = Object.keys(parts).filter(isLanguage).map((module) => parts[module]);
  const rest = Object.keys(parts).filter((module) => !isLanguage(module)).map((module) => parts[module]);
  return { script, layers, whole: basename(whole), languages, rest };
}

/** Bundles a module into `assets/`; answers the names of its files. */
async function buildModule(entry, name) {
  const result = await build({
    ...common,
    entryPoints: [{ in: entry, out: name }],
    outdir: join(staging, 'assets'),
    entryNames: '[name]-[hash]',
    format: 'esm',
    splitting: true,
  });
  const { outputs } = result.metafile;
  const [path, { cssBundle, imports }] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry);
  // What the script needs to begin; the browser would otherwise hear of it only from the script.
  const needed = imports.filter(({ kind }) => kind === 'import-statement').map(({ path: file }) => basename(file));
  const files = Object.keys(outputs).map((file) => `/assets/${basename(file)}`);
  return { script: basename(path), style: cssBundle ? basename(cssBundle) : null, needed, files };
}

/**
 * A module with its HTML page. `%SCRIPT%` and `%STYLE%` in the page become the files' addresses, `%HEAD%` what the browser loads early, with
 * the lines of `head` before it, and what else is given. Answers the addresses of all its files.
 */
async function buildPage(entry, name, template, output, { head = [], ...more } = {}) {
  const { script, style, needed, files } = await buildModule(entry, name);
  const early = [...head, ...needed.map((file) => `<link rel="modulepreload" href="/assets/${file}" />`)];
  const html = (await readFile(join(root, template), 'utf8'))
    .replaceAll('%SCRIPT%', `/assets/${script}`)
    .replaceAll('%STYLE%', style ? `/assets/${style}` : 'data:text/css,')
    .replace(/ *%HEAD%\n/, early.map((line) => `    ${line}\n`).join(''))
    .replaceAll(/%[A-Z_]+%/g, (place) => more[place] ?? place);
  const file = join(staging, output);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, html);
  return files;
}

/** The inbox: its page, its manifest with the icons, and its service worker, which keeps what the page needs. */
async function buildInbox() {
  const manifest = JSON.parse(await readFile(join(root, 'inbox/manifest.json'), 'utf8'));
  const icons = {};
  for (const [file, sizes, purpose] of ICONS) {
    icons[file] = await hashedAsset(join(root, 'inbox/icons', file));
    if (purpose) manifest.icons.push({ src: icons[file], sizes, type: 'image/png', purpose });
  }
  await mkdir(join(staging, 'inbox'), { recursive: true });
  await writeFile(join(staging, 'inbox/manifest.webmanifest'), JSON.stringify(manifest));
  const head = [`<link rel="manifest" href="/inbox/manifest.webmanifest" />`, `<link rel="apple-touch-icon" href="${icons['apple-180.png']}" />`];
  const shell = await buildPage('inbox/main.tsx', 'inbox', APP_PAGE, 'inbox/index.html', { '%TITLE%': 'Inbox', head });
  const files = [...shell, icons['icon-192.png']];
  const page = await readFile(join(staging, 'inbox/index.html'));
  const version = createHash('sha256').update(page).update(files.join()).digest('hex').slice(0, 12);
  await build({
    ...common,
    entryPoints: ['inbox/service-worker.ts'],
    outfile: join(staging, 'inbox/service-worker.js'),
    format: 'iife',
    define: { __SHELL__: JSON.stringify({ version, files, icon: icons['icon-192.png'] }) },
  });
}

/** Copies a file to `assets/` under a name with its content's hash; answers its address. */
async function hashedAsset(file) {
  const bytes = await readFile(file);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  const name = `${basename(file, extname(file))}-${hash}${extname(file)}`;
  await writeFile(join(staging, 'assets', name), bytes);
  return `/assets/${name}`;
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
  const open = [app.script, ...app.layers].reduce((sum, file) => sum + sizeOf(file), language);
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
