/**
 * The system's Chromium with nobody looking into its pages, for measurements: what a test driver installs in a page, and the
 * stack traces it asks for, take longer than what is measured. Talks to the browser through a pipe, and to a page only by
 * evaluating and clicking.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARGUMENTS } from './browser.js';
import { until } from './wait.js';

const TRACED = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'];

export class BareBrowser {
  #child;
  #folder;
  #rest = '';
  #nextId = 1;
  #asked = new Map();
  #heard = new Set();

  static async launch() {
    const browser = new BareBrowser();
    browser.#folder = await mkdtemp(join(tmpdir(), 'antiphon-chromium-'));
    const program = process.env['CHROMIUM'] || '/usr/bin/chromium';
    const args = [...ARGUMENTS, '--headless=new', '--remote-debugging-pipe', `--user-data-dir=${browser.#folder}`, 'about:blank'];
    browser.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.#child.stdio[4].setEncoding('utf8').on('data', (text) => browser.#read(text));
    return browser;
  }

  /** A page in storage of its own. `emulate`: the size of the window, in CSS pixels, and how many times slower the processor is. */
  async open(url, { width = 1280, height = 800, slowdown = 1 } = {}) {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId, width, height });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new BarePage(this, sessionId, browserContextId);
    if (slowdown !== 1) await page.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    if (url) await page.go(url);
    return page;
  }

  /** Every event of the browser's own trace while `run` runs. */
  async trace(run) {
    const events = [];
    let complete;
    const completed = new Promise((resolve) => (complete = resolve));
    const listener = ({ method, params }) => {
      if (method === 'Tracing.dataCollected') events.push(...params.value);
      else if (method === 'Tracing.tracingComplete') complete();
    };
    this.#heard.add(listener);
    await this.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: TRACED, excludedCategories: ['*'] } });
    try {
      await run();
    } finally {
      await this.send('Tracing.end');
      await completed;
      this.#heard.delete(listener);
    }
    return events;
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject, method }));
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answer;
  }

  async close() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #read(text) {
    const lines = (this.#rest + text).split('\0');
    this.#rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      const asked = this.#asked.get(message.id);
      if (!asked) for (const listener of this.#heard) listener(message);
      else if (message.error) asked.reject(new Error(`${asked.method}: ${message.error.message}`));
      else asked.resolve(message.result);
      this.#asked.delete(message.id);
    }
  }
}

class BarePage {
  #browser;
  #session;
  #context;

  constructor(browser, session, context) {
    this.#browser = browser;
    this.#session = session;
    this.#context = context;
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  async go(url) {
    await this.send('Page.navigate', { url });
  }

  /** The value of an expression in the page, or of its promise. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true in the page. */
  until(expression, withinMs = 20_000) {
    return until(expression, () => this.evaluate(`Boolean(${expression})`), withinMs);
  }

  /** Clicks in the middle of an element as a person does, with the mouse. */
  async click(expression) {
    const [x, y] = await this.evaluate(`(({ x, y, width, height }) => [x + width / 2, y + height / 2])((${expression}).getBoundingClientRect())`);
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 });
    }
  }

  /** Two frames later everything that was asked for has been drawn. */
  settled() {
    return this.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50))))');
  }

  async close() {
    await this.#browser.send('Target.disposeBrowserContext', { browserContextId: this.#context });
  }
}
