/**
 * The system's Chromium, and people in it. Each person has a browser context: own cookies, own storage.
 * `CHROMIUM` names the program. `CHROMIUM_HEADLESS_SHELL` may name the same engine without a browser's windows around it, which takes
 * a third less of the processor, for whatever does not need these.
 */

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const SCREENSHOTS = join(dirname(fileURLToPath(import.meta.url)), '../../../screenshots');
export const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps, and nobody to ask.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];
/** The browser's own line about the inbox's first question, when the answer is "nobody". */
export const ASKED_WHO_IS_LOGGED_IN = /status of 401 \(Unauthorized\)/;
/** No step of a test takes longer; what waits for something rarer says so itself. */
const STEP_MS = 10_000;

/** With `notifications`, one that can show them. */
export function launchBrowser({ notifications = false } = {}) {
  const shell = notifications ? null : process.env['CHROMIUM_HEADLESS_SHELL'];
  const executablePath = shell || process.env['CHROMIUM'] || '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ARGUMENTS, headless: true });
}

/** A context with one page, and all that the page complains about in `page.complaints`. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  context.setDefaultTimeout(STEP_MS);
  await context.addInitScript(reportPolicyViolations);
  const page = await context.newPage();
  page.complaints = new Complaints(page);
  return page;
}

/** A busy machine may take long to connect, and until then it is polled. Tests that are about connections look at them. */
const SLOW = /real-time unavailable: no answer yet/;

/** Console output, uncaught errors and violations of the page's policy, in their order. */
class Complaints {
  #lines = [];

  constructor(page) {
    page.on('console', (message) => this.#lines.push({ level: message.type(), text: message.text() }));
    page.on('pageerror', (error) => this.#lines.push({ level: 'uncaught', text: String(error.stack ?? error) }));
  }

  /** What was logged by script or browser at one of these levels; without levels, everything. */
  lines(...levels) {
    const wanted = this.#lines.filter(({ level }) => levels.length === 0 || levels.includes(level));
    return wanted.map(({ text }) => text);
  }

  /** `expected` matches lines that belong to the test, such as requests that failed while the server was down. */
  assertNone(expected = null) {
    const lines = this.lines('error', 'warning', 'uncaught').filter((text) => !SLOW.test(text) && !expected?.test(text));
    assert.deepEqual(lines, [], 'the page complained');
  }
}

/** Runs in every page, before its scripts. */
function reportPolicyViolations() {
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error(`policy violated: ${violatedDirective} by ${blockedURI}`);
  });
}

/** Keeps a picture for people to look at, in a folder that is not committed. */
export async function screenshot(page, name, options = {}) {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled', ...options });
}
