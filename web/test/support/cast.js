/** The people that most tests begin with: a visitor and an agent, each in a browser of their own, in one conversation. */

import { Agent } from './agent.js';
import { ASKED_WHO_IS_LOGGED_IN, launchBrowser, openPage } from './browser.js';
import { ChatCaller } from './chat-api.js';
import { startServer } from './server.js';
import { Visitor } from './visitor.js';

/**
 * A server, with one agent unless told otherwise, and a browser: one of its own, which can show notifications if that is asked for,
 * unless one is given, which it leaves open.
 */
export class Stage {
  static async open({ agent = true, browser: given = null, notifications = false, ...options } = {}) {
    const [browser, server] = given
      ? [given, await startServer(options)]
      : await bothOrNeither(launchBrowser({ notifications }), startServer(options));
    return Object.assign(new Stage(), { browser, server, given, account: agent ? await server.createAgent() : null });
  }

  /** The store's own answer to what a conversation holds, oldest first. */
  async stored(conversationId) {
    this.api ??= await ChatCaller.agent(this.server, this.account.email);
    return this.api.messages(conversationId);
  }

  async close() {
    if (!this.given) await this.browser.close();
    await this.server.close();
  }

  async visitor(options) {
    return Visitor.onTestPage(await openPage(this.browser, options), this.server);
  }

  async agent(options) {
    return Agent.loggedIn(await openPage(this.browser, options), this.server, this.account);
  }

  /** A visitor and an agent who both have the same new conversation on screen, with `greeting` in it. */
  async conversation(greeting = 'Hello') {
    const [visitor, agent] = await Promise.all([this.visitor(), this.agent()]);
    await visitor.say(greeting);
    const { conversationId } = await visitor.state();
    await agent.openConversation(conversationId);
    await agent.sees(greeting);
    return { visitor, agent, conversationId };
  }
}

/** Ends the browser contexts of these people; none of their pages may have complained but for what is `expected`. */
export async function leave({ visitor, agent }, expected = null) {
  visitor?.page.complaints.assertNone(expected);
  agent?.page.complaints.assertNone(expected ?? ASKED_WHO_IS_LOGGED_IN);
  for (const person of [visitor, agent]) await person?.page.context().close();
}

/** Of two things that are being opened: both, or the error of one after the other is closed, since what stays open keeps the tests alive. */
async function bothOrNeither(...opening) {
  const ends = await Promise.allSettled(opening);
  const failed = ends.find((end) => end.status === 'rejected');
  if (!failed) return ends.map((end) => end.value);
  await Promise.all(ends.map((end) => end.value?.close()));
  throw failed.reason;
}
