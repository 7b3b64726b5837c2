/**
 * What the widget costs a page: `npm run measure`, after `cargo xtask build`. An empty page without and with the widget, and
 * the first opening of the chat, in Chromium on a slow phone's terms: a processor four times slower and Lighthouse's slow 4G.
 * Every run has an empty cache. Prints the medians as a table of Markdown; `npm run measure -- 15` does 15 runs of each.
 */

import { cpus, loadavg } from 'node:os';
import { launchBrowser } from '../support/browser.js';
import { HostSite } from '../support/host-page.js';
import { startServer } from '../support/server.js';
import { until, within } from '../support/wait.js';

const RUNS = Number(process.argv[2] ?? 9);
const CPU_SLOWDOWN = 4;
/** Lighthouse's slow 4G where it is applied to requests: milliseconds, and bytes a second. */
const NETWORK = { offline: false, latency: 562.5, downloadThroughput: (1_474.56 * 1024) / 8, uploadThroughput: (675 * 1024) / 8 };
const STEP_MS = 60_000;
/** Without any request for this long, a page has come to rest. */
const REST_MS = 1_000;
/** A task that blocks longer than this is long. */
const LONG_MS = 50;

/** By Chromium's types of requests. */
const PREFLIGHT = 'preflights';
const KINDS = { Document: 'page', Script: 'scripts', Fetch: 'answers of the API', XHR: 'answers of the API', Image: 'pictures' };

const STUB = `<script>
  window.Chatbot = function () { (Chatbot.q = Chatbot.q || []).push(arguments) }
  Chatbot('on', 'ready', function () { console.debug('measured: ready') })
  Chatbot('on', 'open', function () { console.debug('measured: open') })
</script>`;
const page = (script) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>An empty page</title><link rel="icon" href="data:,"></head><body><h1>An empty page</h1><p>But for a heading and a line.</p>${script}</body></html>`;

const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
const token = await server.createWidget('Shop', '127.0.0.1');
const tag = `<script async src="${server.url}/chatbot-widget.js" data-api-token="${token}"></script>`;
const site = await HostSite.open({ '/without': page(STUB), '/with': page(STUB + tag) });
try {
  const runs = [];
  // What a browser does for its first page is not the page's.
  await measure('/without', false);
  for (let run = 0; run < RUNS; run += 1) {
    // In turns, because the one that follows has the other's end beside it.
    const first = run % 2 === 0 ? (await measure('/without', false))[0] : null;
    const [loaded, opened] = await measure('/with', true);
    const without = first ?? (await measure('/without', false))[0];
    runs.push({ without, loaded, opened });
    console.error(`${run + 1} of ${RUNS} runs`);
  }
  print(runs);
} finally {
  await browser.close();
  await server.close();
  await site.close();
}

/** Answers what was there when the page had come to rest and, with the widget, when the chat had after its opening. */
async function measure(path, hasWidget) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true, locale: 'en-GB' });
  try {
    await context.addInitScript(observe);
    const tab = await context.newPage();
    const devtools = await context.newCDPSession(tab);
    const traffic = await follow(devtools);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    await devtools.send('Network.emulateNetworkConditions', NETWORK);
    const ready = hasWidget ? said(tab, 'ready') : null;
    await tab.goto(site.url + path, { waitUntil: 'load', timeout: STEP_MS });
    await ready;
    await rest(traffic);
    const atRest = await look(tab, devtools, traffic);
    if (!hasWidget) return [atRest];
    const open = said(tab, 'open');
    await tab.locator('#chatbot-widget .launcher').tap({ timeout: STEP_MS });
    await open;
    await rest(traffic);
    await until('the chat to be live', () => tab.evaluate(() => window.Chatbot.state.realtimeConnected), STEP_MS);
    await rest(traffic);
    return [atRest, await look(tab, devtools, traffic)];
  } finally {
    await context.close();
  }
}

/** The page itself says when; asking it again and again would be work of its own. */
function said(tab, what) {
  const event = tab.waitForEvent('console', { predicate: (message) => message.text() === `measured: ${what}`, timeout: STEP_MS });
  return within(STEP_MS, `the widget to be ${what}`, event);
}

/** Every request of the page with what came over the wire, headers included, and when there was news of any. */
async function follow(devtools) {
  const traffic = { requests: new Map(), newsAt: performance.now() };
  const note = (requestId, change) => {
    traffic.newsAt = performance.now();
    traffic.requests.set(requestId, { bytes: 0, ...traffic.requests.get(requestId), ...change });
  };
  devtools.on('Network.requestWillBeSent', ({ requestId, type, request }) => {
    // Chromium does not tell how many bytes these are: some hundred each.
    const kind = request.method === 'OPTIONS' ? PREFLIGHT : (KINDS[type] ?? type);
    note(requestId, { kind, isUnderWay: true });
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => note(requestId, { bytes: encodedDataLength, isUnderWay: false }));
  devtools.on('Network.loadingFailed', ({ requestId }) => note(requestId, { isUnderWay: false }));
  await devtools.send('Network.enable');
  return traffic;
}

function rest(traffic) {
  const isQuiet = () => performance.now() - traffic.newsAt > REST_MS && ![...traffic.requests.values()].some(({ isUnderWay }) => isUnderWay);
  return until('the page to come to rest', isQuiet, STEP_MS);
}

async function look(tab, devtools, traffic) {
  // Twice, because finalizers may free more.
  for (const _ of [1, 2]) await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { long, shift, fcp, lcp, tapped, shown } = await tab.evaluate(() => window.measured);
  const bytes = {};
  const preflights = [...traffic.requests.values()].filter(({ kind }) => kind === PREFLIGHT).length;
  for (const { kind, bytes: size } of traffic.requests.values()) bytes[kind] = (bytes[kind] ?? 0) + size;
  return {
    requests: traffic.requests.size,
    preflights,
    bytes,
    longTasks: long.length,
    longestMs: Math.max(0, ...long),
    blockedMs: long.reduce((sum, ms) => sum + ms - LONG_MS, 0),
    shift,
    fcp,
    lcp,
    heap: usedSize,
    openMs: shown - tapped,
  };
}

/** Runs in the page, before its scripts. */
function observe() {
  const measured = { long: [], shift: 0, fcp: 0, lcp: 0, tapped: 0, shown: 0 };
  window.measured = measured;
  const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  watch('longtask', ({ duration }) => measured.long.push(duration));
  watch('layout-shift', ({ value }) => (measured.shift += value));
  watch('paint', ({ name, startTime }) => name === 'first-contentful-paint' && (measured.fcp = startTime));
  watch('largest-contentful-paint', ({ startTime }) => (measured.lcp = startTime));
  addEventListener('pointerdown', ({ timeStamp }) => (measured.tapped = timeStamp), true);
  const { debug } = console;
  console.debug = (...words) => {
    // When what was opened has been handed over to be shown.
    if (words[0] === 'measured: open') requestAnimationFrame(() => setTimeout(() => (measured.shown = performance.now())));
    debug.apply(console, words);
  };
}

function print(runs) {
  const value = (look) => median(runs.map(look));
  const kib = (bytes) => (bytes / 1024).toFixed(1);
  const ms = (time) => time.toFixed(0);
  const mib = (bytes) => (bytes / 1024 / 1024).toFixed(2);
  /** Without the widget, what the widget adds, and what opening adds to that. */
  const row = (name, of, format) => {
    const added = value(({ without, loaded }) => of(loaded) - of(without));
    return [name, format(value(({ without }) => of(without))), format(added), format(value(({ loaded, opened }) => of(opened) - of(loaded)))];
  };
  const kinds = new Set(runs.flatMap(({ opened: { bytes } }) => Object.keys(bytes).filter((kind) => bytes[kind] > 0)));
  const rows = [
    row('requests', ({ requests }) => requests, String),
    row('of them preflights', ({ preflights }) => preflights, String),
    ...[...kinds].map((kind) => row(`${kind}, KiB`, ({ bytes }) => bytes[kind] ?? 0, kib)),
    row('all transfer, KiB', ({ bytes }) => Object.values(bytes).reduce((sum, size) => sum + size, 0), kib),
    row(`tasks longer than ${LONG_MS} ms`, ({ longTasks }) => longTasks, String),
    [`the longest of all, ms`, ...['without', 'loaded', 'opened'].map((when) => ms(value((run) => run[when].longestMs)))],
    row('total blocking time, ms', ({ blockedMs }) => blockedMs, ms),
    row('cumulative layout shift', ({ shift }) => shift, (shift) => shift.toFixed(3)),
    // These are over before anybody opens the chat.
    [...row('first contentful paint, ms', ({ fcp }) => fcp, ms).slice(0, 3), ''],
    [...row('largest contentful paint, ms', ({ lcp }) => lcp, ms).slice(0, 3), ''],
    row('JavaScript heap, MiB', ({ heap }) => heap, mib),
    ['from the tap to the open chat, ms', '', '', ms(value(({ opened }) => opened.openMs))],
  ];
  console.log(`| median of ${runs.length} runs | empty page | the widget adds | opening the chat adds |\n|---|--:|--:|--:|`);
  for (const cells of rows) console.log(`| ${cells.join(' | ')} |`);
  const load = loadavg()[0]?.toFixed(1);
  console.log(`\n${browser.browserType().name()} ${browser.version()}, ${cpus().length} × ${cpus()[0]?.model}, load ${load}`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
