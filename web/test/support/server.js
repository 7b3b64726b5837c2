/**
 * The real binary, in a temporary folder of its own and on ports of its own, so that test files run side by side.
 * `ANTIPHON_BIN` names the binary; without it, the release build of this repository is used.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProcess, runToEnd } from './process.js';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const binary = process.env['ANTIPHON_BIN'] ?? join(repository, 'target/release/antiphon');

/** A port that is free at this moment; a fixed one, because the server is to come back on the same. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** `split`: `reverb:start` and `serve` as two processes. `env`: configuration beyond the defaults. */
export async function startServer({ split = false, env = {} } = {}) {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: build it with \`cargo xtask build\`, or set ANTIPHON_BIN`);
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
  const [httpPort, socketPort] = [await freePort(), await freePort()];
  const server = new TestServer(folder, httpPort, socketPort, env);
  try {
    if (split) await server.startSockets();
    await server.start();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

export class TestServer {
  /** `serve`, while it runs. */
  #serve = null;
  /** Each `reverb:start` that runs, by its port. */
  #sockets = new Map();
  #options;

  constructor(folder, httpPort, socketPort, env) {
    this.folder = folder;
    this.httpPort = httpPort;
    /** Where the WebSocket server is bound; browsers use the page's own port unless told otherwise. */
    this.socketPort = socketPort;
    /** The origin of every page of ours. */
    this.url = `http://localhost:${httpPort}`;
    this.#options = {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ANTIPHON_HOST: '127.0.0.1',
        ANTIPHON_PORT: String(httpPort),
        REVERB_SERVER_HOST: '127.0.0.1',
        REVERB_SERVER_PORT: String(socketPort),
        ANTIPHON_RATE_LIMITS: 'off',
        ...env,
      },
    };
  }

  /** What all processes printed since they were last started. */
  get output() {
    return [...this.#sockets.values(), this.#serve].map((child) => child?.output ?? '').join('');
  }

  async start() {
    this.#serve = new ChildProcess(binary, ['serve'], this.#options);
    await this.#serve.line(/^Ready\.$/);
  }

  /** The one-time link of a server that nobody was set up on. */
  get setupLink() {
    const link = /\S+\/inbox\/setup#\S+/.exec(this.#serve?.output ?? '')?.[0];
    if (!link) throw new Error(`the server printed no set-up link:\n${this.output}`);
    return link;
  }

  async stop() {
    await this.#serve?.stop();
    this.#serve = null;
  }

  async kill() {
    await this.#serve?.kill();
    this.#serve = null;
  }

  async startSockets(port = this.socketPort) {
    const child = new ChildProcess(binary, ['reverb:start', '--port', String(port)], this.#options);
    this.#sockets.set(port, child);
    await child.line(/^WebSocket server: /);
  }

  async stopSockets(port = this.socketPort) {
    await this.#sockets.get(port)?.stop();
    this.#sockets.delete(port);
  }

  async killSockets(port = this.socketPort) {
    await this.#sockets.get(port)?.kill();
    this.#sockets.delete(port);
  }

  /** Stops what runs and removes the folder. */
  async close() {
    await Promise.all([this.kill(), ...[...this.#sockets.keys()].map((port) => this.killSockets(port))]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs another command of the binary on the same data, and answers the object it prints. */
  async command(name, args = [], input = '') {
    return JSON.parse(await runToEnd(binary, [name, '--json', ...args], { ...this.#options, input }));
  }

  /** Does the jobs that are due, in a process of its own. */
  async work() {
    await runToEnd(binary, ['queue:work', '--stop-when-empty'], this.#options);
  }

  /** An agent who can log in with what is answered. */
  async createAgent(name = 'Ada Agent', role = 'agent') {
    const [email, password] = [`${name.toLowerCase().replaceAll(' ', '.')}@example.com`, 'correct horse battery'];
    await this.command('agent:create', ['--name', name, '--email', email, '--role', role, '--password-stdin'], `${password}\n`);
    return { name, email, password };
  }

  /** A widget for the given hosts; answers its public token. */
  async createWidget(name, ...domains) {
    const widget = await this.command('widget:create', ['--name', name, ...domains.flatMap((host) => ['--domain', host])]);
    return widget.token;
  }

  /** The public token of the widget on the test page. */
  async demoToken() {
    const response = await fetch(`${this.url}/chatbot-test.json`);
    return (await response.json()).token;
  }

  /** The credentials that the server made for its own Pusher app: `id`, `key`, `secret`. */
  async app() {
    const text = await readFile(join(this.folder, 'data/secrets.env'), 'utf8');
    const value = (name) => new RegExp(`^REVERB_APP_${name}="?([^"\n]*)`, 'm').exec(text)?.[1];
    return { id: value('ID'), key: value('KEY'), secret: value('SECRET') };
  }
}
