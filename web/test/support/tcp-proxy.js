/** A TCP proxy in front of a port, which can be made to fail in the ways that networks do. */

import { connect, createServer } from 'node:net';

export class TcpProxy {
  /** The port that new connections lead to. */
  target;
  /** Bytes that came from clients, passed on or not. */
  received = 0;
  #thresholds = [];
  #server = null;
  #port = 0;
  #pairs = new Set();
  #silent = false;
  #abandoned = new WeakSet();

  constructor(targetPort) {
    this.target = targetPort;
  }

  get port() {
    return this.#port;
  }

  /** Accepts connections and passes on what comes; after a refusal, on the same port again. */
  async open() {
    this.#silent = false;
    if (this.#server) return;
    this.#server = createServer((client) => this.#accept(client));
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = this.#server.address().port;
  }

  /** Runs `act` as soon as so many more bytes have come from clients, before any further one is passed on. */
  afterReceiving(bytes, act) {
    return new Promise((resolve) => {
      this.#thresholds.push({ at: this.received + bytes, act: () => resolve(act()) });
    });
  }

  /** Cuts every connection; new ones are still accepted. */
  cut() {
    for (const socket of this.#pairs) socket.destroy();
  }

  /** Cuts every connection and refuses new ones, as when nothing listens on the port. */
  async refuse() {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve()));
    this.cut();
    await closed;
  }

  /** Connections stay open or are accepted, but nothing passes in either direction, as behind some firewalls. */
  fallSilent() {
    this.#silent = true;
  }

  /** As while a laptop sleeps: the connections that there are stay open and pass nothing any more. New ones work. */
  abandon() {
    for (const socket of this.#pairs) this.#abandoned.add(socket);
  }

  async close() {
    await this.refuse();
  }

  #accept(client) {
    const upstream = connect(this.target, '127.0.0.1');
    client.on('data', ({ length }) => this.#count(length));
    this.#join(client, upstream);
    this.#join(upstream, client);
  }

  #count(bytes) {
    this.received += bytes;
    const reached = this.#thresholds.filter(({ at }) => at <= this.received);
    this.#thresholds = this.#thresholds.filter((threshold) => !reached.includes(threshold));
    for (const { act } of reached) act();
  }

  #join(from, to) {
    this.#pairs.add(from);
    from.on('data', (chunk) => !this.#silent && !this.#abandoned.has(from) && to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('end', () => to.end());
    from.on('close', () => {
      this.#pairs.delete(from);
      to.destroy();
    });
  }
}
