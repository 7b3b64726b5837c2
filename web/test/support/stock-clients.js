/**
 * The packages that Laravel applications use, pointed at our server and otherwise as they come from the registry.
 * What is made here is disconnected by `close`.
 */

import Echo from 'laravel-echo';
import HttpPusher from 'pusher';
import Pusher from 'pusher-js';
import { within } from './wait.js';

const ANSWERS_WITHIN_MS = 5_000;

export class StockClients {
  #open = [];

  constructor(server) {
    this.server = server;
  }

  static async of(server) {
    const clients = new StockClients(server);
    clients.app = await server.app();
    return clients;
  }

  /** Where a client connects to; `port` may be another one's, such as a proxy's. */
  address(port = this.server.socketPort) {
    return { wsHost: '127.0.0.1', wsPort: port, forceTLS: false, enabledTransports: ['ws'], disableStats: true };
  }

  /** pusher-js; `caller` signs its private channels by `/broadcasting/auth`. */
  pusherJs({ caller = null, key = this.app.key, ...options } = {}) {
    const authorization = caller && { endpoint: `${this.server.url}/broadcasting/auth`, transport: 'ajax', headers: caller.headers };
    const pusher = new Pusher(key, {
      cluster: '',
      ...this.address(),
      ...(authorization ? { channelAuthorization: authorization } : {}),
      ...options,
    });
    this.#open.push(pusher);
    return pusher;
  }

  /** Laravel Echo with one of its own drivers. */
  echo(broadcaster, caller, options = {}) {
    const echo = new Echo({
      broadcaster,
      Pusher,
      key: this.app.key,
      cluster: '',
      ...this.address(),
      authEndpoint: `${this.server.url}/broadcasting/auth`,
      auth: { headers: caller.headers },
      withoutInterceptors: true,
      ...options,
    });
    this.#open.push(echo);
    return echo;
  }

  /** The HTTP client for backends. */
  http(options = {}) {
    const { id, key, secret } = this.app;
    return new HttpPusher({ appId: id, key, secret, host: '127.0.0.1', port: this.server.socketPort, useTLS: false, ...options });
  }

  /** A way to sign channels that asks nobody, as a backend in the same process would. */
  signing(http = this.http()) {
    return ({ name }) => ({ authorize: (socketId, answer) => answer(null, http.authorizeChannel(socketId, name)) });
  }

  close() {
    for (const client of this.#open) client.disconnect();
  }
}

/** The next event of that name, on anything with `bind` and `unbind`: a connection, a channel. */
export function next(emitter, event, withinMs = ANSWERS_WITHIN_MS) {
  const happened = new Promise((resolve) => {
    const listener = (data) => {
      emitter.unbind(event, listener);
      resolve(data);
    };
    emitter.bind(event, listener);
  });
  return within(withinMs, `${event} on ${emitter.name ?? 'the connection'}`, happened);
}

/** Answers the socket id when connected. */
export async function connected(pusher, withinMs) {
  if (pusher.connection.state !== 'connected') await next(pusher.connection, 'connected', withinMs);
  return pusher.connection.socket_id;
}

/**
 * What is to be called after the server has ended this connection for good. In Node, pusher-js then closes the closed
 * socket once more, which starts a timer that nothing stops: the process would wait for it, half a minute.
 */
export function loosened(pusher) {
  const { socket } = pusher.connection.connection.transport;
  return () => clearTimeout(socket._closeTimer);
}

/** Subscribes, and answers the channel when the server has said yes. */
export async function subscribed(pusher, name, withinMs) {
  const channel = pusher.subscribe(name);
  if (!channel.subscribed) await next(channel, 'pusher:subscription_succeeded', withinMs);
  return channel;
}

/** Keeps what arrives, in order: `[event, data]`. Protocol events are left out. */
export function collect(channel) {
  const events = [];
  channel.bind_global((event, data) => {
    if (!event.startsWith('pusher:')) events.push([event, data]);
  });
  return events;
}
