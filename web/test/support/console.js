/** A developer with the console in front of them. */

import { until } from './wait.js';

export const CONSOLE_PASSWORD = 'a password for the tests';
/** The browser's own lines about the console's first question, when the answer is "nobody", and about a wrong password. */
export const REFUSED_AT_FIRST = /status of 40[13] \((Unauthorized|Forbidden)\)/;

export class Developer {
  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.main = page.getByRole('main');
    this.tailRows = page.locator('.tail-row');
  }

  /** Logs in with the password of `reverb:start`. */
  static async atReverb(page, server) {
    const developer = new Developer(page, `http://localhost:${server.socketPort}/console`);
    await page.goto(developer.url);
    await developer.enter(CONSOLE_PASSWORD);
    await developer.heading('Overview');
    return developer;
  }

  async enter(password) {
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
  }

  heading(name) {
    return this.page.getByRole('heading', { level: 1, name }).waitFor();
  }

  /** Follows one of the links to the pages. */
  async visit(label, heading = label) {
    await this.page.getByRole('navigation').getByRole('link', { name: label }).click();
    await this.heading(heading);
  }

  async openChannel(name) {
    await this.main.getByRole('link', { name, exact: true }).click();
    await this.heading(name);
    await this.live();
  }

  live() {
    return this.page.locator('.tail__phase', { hasText: 'Live' }).waitFor();
  }

  /** The number under a name on the overview. */
  async stat(label) {
    return (await this.page.locator('.stat', { hasText: label }).locator('.stat__value').textContent())?.trim();
  }

  /** The tail's lines as text, the newest first. */
  tail() {
    return this.tailRows.evaluateAll((rows) => rows.map((row) => row.querySelector('.tail-row__line').innerText.replace(/\s+/g, ' ')));
  }

  tails(text) {
    return until(`“${text}” in the tail`, async () => (await this.tail()).some((line) => line.includes(text)));
  }
}
