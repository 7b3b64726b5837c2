/** The chat's HTTP API for one caller, for tests that need a conversation and no browser. */

import { randomUUID } from 'node:crypto';

export class ChatCaller {
  #token;

  constructor(url, token) {
    this.url = url;
    this.#token = token;
  }

  /** A new visitor with a conversation of its own. */
  static async visitor(server, fields = {}) {
    const widget = new ChatCaller(server.url, await server.demoToken());
    const opened = await widget.post('/api/chatbot/init', fields);
    const visitor = new ChatCaller(server.url, opened.visitor_token);
    visitor.conversationId = opened.conversation_id;
    return visitor;
  }

  /** A program of an agent's. */
  static async agent(server, email) {
    const { token } = await server.command('agent:token', ['--email', email]);
    return new ChatCaller(server.url, token);
  }

  get headers() {
    return { Authorization: `Bearer ${this.#token}` };
  }

  async get(path) {
    return this.#answer(path, await fetch(this.url + path, { headers: this.headers }));
  }

  post(path, body, headers = {}) {
    return this.#send('POST', path, body, headers);
  }

  patch(path, body) {
    return this.#send('PATCH', path, body);
  }

  /** Posts a message; with a socket id, its event is not sent to that socket. */
  say(conversationId, message, socketId = null) {
    const headers = socketId ? { 'X-Socket-ID': socketId } : {};
    return this.post('/api/chatbot/message', { conversation_id: conversationId, message, client_id: randomUUID() }, headers);
  }

  /** Everything stored in a conversation, oldest first. */
  async messages(conversationId) {
    const found = [];
    for (;;) {
      const query = `after_seq=${found.at(-1)?.seq ?? 0}&limit=200`;
      const { data, last_seq: lastSeq } = await this.get(`/api/chatbot/conversation/${conversationId}?${query}`);
      found.push(...data.messages);
      if (data.messages.length === 0 || found.at(-1).seq >= lastSeq) return found;
    }
  }

  async #send(method, path, body, headers = {}) {
    const init = { method, body: JSON.stringify(body) };
    init.headers = { ...this.headers, 'Content-Type': 'application/json', ...headers };
    return this.#answer(path, await fetch(this.url + path, init));
  }

  async #answer(path, response) {
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
