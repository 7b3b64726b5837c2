/** An agent with the inbox in front of them. */

import { until } from './wait.js';

export class Agent {
  constructor(page, server) {
    this.page = page;
    this.server = server;
    this.rows = page.locator('[data-conversation]');
    this.composer = page.getByRole('textbox', { name: 'Your answer' });
    this.badge = page.locator('.connection');
  }

  /** Comes in with a session of their own, and waits for the live list. */
  static async loggedIn(page, server, { email, password }) {
    const answer = await page.context().request.post(`${server.url}/api/v1/session`, { data: { email, password } });
    if (!answer.ok()) throw new Error(`${email} could not log in: ${answer.status()} ${await answer.text()}`);
    const agent = new Agent(page, server);
    await page.goto(`${server.url}/inbox`);
    await agent.connection('Live');
    return agent;
  }

  /** By the form. */
  async logIn({ email, password }) {
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
  }

  async logOut() {
    await this.page.locator('.agent-bar__who').click();
    await this.page.getByRole('menuitem', { name: 'Log out' }).click();
  }

  row(conversationId) {
    return this.page.locator(`[data-conversation="${conversationId}"]`);
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  async openConversation(conversationId) {
    await this.row(conversationId).click();
    await this.composer.waitFor();
  }

  /** Waits until the list's badge says this: `Live`, `Polling`, `Reconnecting…`. */
  connection(words, withinMs = 10_000) {
    const shown = async () => (await this.badge.textContent())?.trim();
    return until(async () => `“${words}” in the inbox, which says “${await shown()}”`, async () => (await shown()) === words, withinMs);
  }

  async say(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** What is on the screen: who wrote it, the text, and whether it is on its way. */
  messages() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.log .message')].map((message) => ({
        from: message.closest('.group--visitor') ? 'visitor' : 'agent',
        text: message.querySelector('.message__text')?.textContent ?? '',
        pending: /message--(sending|waiting|failed)/.test(message.className),
      })),
    );
  }

  async texts() {
    return (await this.messages()).map(({ text }) => text);
  }

  sees(text, withinMs = 5_000) {
    return until(`“${text}” on the agent's screen`, async () => (await this.texts()).includes(text), withinMs);
  }
}
