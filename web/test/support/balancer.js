/** A TCP balancer that knows nothing of what it carries: each connection goes to the next server that takes it. */

import { connect, createServer } from 'node:net';

export class Balancer {
  #ports;
  #next = 0;
  #server;
  #sockets = new Set();

  constructor(ports) {
    this.#ports = ports;
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
  }

  get port() {
    return this.#server.address().port;
  }

  open() {
    return new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client) {
    this.#keep(client);
    this.#next += 1;
    this.#reach(client, this.#next, this.#ports.length);
  }

  #reach(client, place, left) {
    if (left === 0) return client.destroy();
    const server = connect(this.#ports[place % this.#ports.length], '127.0.0.1');
    const isGone = () => this.#reach(client, place + 1, left - 1);
    server.once('error', isGone);
    server.once('connect', () => {
      server.off('error', isGone);
      this.#keep(server);
      server.on('close', () => client.destroy());
      client.on('close', () => server.destroy());
      client.pipe(server).pipe(client);
    });
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
