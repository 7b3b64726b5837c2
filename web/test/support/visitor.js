/** A visitor with the widget in front of them. Everything is found the way a person would find it, where there is such a way. */

import { until } from './wait.js';

export class Visitor {
  constructor(page) {
    this.page = page;
    this.widget = page.locator('#chatbot-widget');
    this.launcher = this.widget.locator('.launcher');
    this.panel = this.widget.getByRole('dialog');
    /** By their places, so that the chat may speak any language. */
    this.composer = this.panel.locator('.composer textarea');
    this.startNew = this.panel.locator('.start-new');
  }

  /** Opens the chat on the test page, or on the page that is there already. */
  static async onTestPage(page, server) {
    await page.goto(`${server.url}/chatbot-test.html`);
    const visitor = new Visitor(page);
    await visitor.open();
    return visitor;
  }

  async open() {
    await this.launcher.click();
    await this.panel.waitFor();
    await this.live();
  }

  async close() {
    await this.panel.locator('.close').click();
    await this.panel.waitFor({ state: 'hidden' });
  }

  /** Waits until news arrives by itself. */
  live(withinMs) {
    return this.provider('reverb', withinMs);
  }

  /** Waits until the console contract names this provider; for a socket, until the channel is subscribed too. */
  provider(name, withinMs = 10_000) {
    const ready = async () => {
      const state = await this.state();
      return state?.provider === name && state.connected === (name !== 'polling');
    };
    return until(async () => `provider ${name}; the widget says ${JSON.stringify(await this.state())}`, ready, withinMs);
  }

  /** `state` of the console contract, without its objects; null before there is a chat. */
  state() {
    return this.page.evaluate(() => {
      const state = window.Chatbot?.state;
      if (!state) return null;
      return { provider: state.realtimeProvider, connected: state.realtimeConnected, conversationId: state.conversationId };
    });
  }

  /** Writes and sends as a person does, without waiting for what becomes of it. */
  async say(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** What is on the screen: `me` or `them`, the text, and what is said about its delivery. */
  messages() {
    return this.page.evaluate(() => {
      const rows = document.getElementById('chatbot-widget')?.shadowRoot?.querySelectorAll('.row') ?? [];
      return [...rows]
        .filter((row) => row.querySelector('.text'))
        .map((row) => ({
          from: row.classList.contains('own') ? 'visitor' : 'agent',
          text: row.querySelector('.text').textContent,
          meta: row.querySelector('.meta')?.textContent ?? '',
          pending: row.matches('.failed, :has(.tick.sending, .tick.waiting)'),
        }));
    });
  }

  async texts() {
    return (await this.messages()).map(({ text }) => text);
  }

  /** Waits until the text is on the screen. */
  sees(text, withinMs = 5_000) {
    return until(`“${text}” on the visitor's screen`, async () => (await this.texts()).includes(text), withinMs);
  }

  /** What every visible message of one's own that the widget does not mark as on its way says. */
  async sentTexts() {
    const own = (await this.messages()).filter(({ from }) => from === 'visitor');
    return own.filter(({ pending }) => !pending).map(({ text }) => text);
  }
}
