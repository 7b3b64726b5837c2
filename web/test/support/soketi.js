/**
 * soketi, a server of the Pusher protocol that is not ours, in a process of its own. It is installed once, into a folder under
 * `target/`, as its lock file says.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ChildProcess } from './process.js';
import { freePort } from './server.js';

const here = dirname(fileURLToPath(import.meta.url));
const manifest = join(here, '../e2e/soketi');
const INSTALLS_WITHIN_MS = 300_000;
/** The versions of Node's binary interface that its WebSocket library is built for: Node 16, 18 and 20. */
const BUILDS = ['93', '108', '115'];

/** Why soketi cannot run here; null when it can. */
export function noSoketi() {
  const fits = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) && BUILDS.includes(process.versions.modules);
  return fits ? null : `soketi's WebSocket library has no build for Node ${process.versions.node} on ${process.platform}-${process.arch}`;
}

export class Soketi {
  app = { id: 'hosted', key: 'hosted-key', secret: 'hosted-secret' };
  #child = null;

  static async start() {
    const soketi = new Soketi();
    soketi.folder = await installed();
    soketi.port = await freePort();
    soketi.metricsPort = await freePort();
    await soketi.start();
    return soketi;
  }

  /** What a server of ours is told of it. */
  get env() {
    return {
      BROADCAST_CONNECTION: 'pusher',
      PUSHER_APP_ID: this.app.id,
      PUSHER_APP_KEY: this.app.key,
      PUSHER_APP_SECRET: this.app.secret,
      PUSHER_HOST: '127.0.0.1',
      PUSHER_PORT: String(this.port),
      PUSHER_SCHEME: 'http',
    };
  }

  async start() {
    const script = join(this.folder, 'node_modules/@soketi/soketi/bin/server.js');
    const env = {
      PATH: process.env['PATH'],
      SOKETI_HOST: '127.0.0.1',
      SOKETI_PORT: String(this.port),
      SOKETI_METRICS_SERVER_PORT: String(this.metricsPort),
      SOKETI_DEFAULT_APP_ID: this.app.id,
      SOKETI_DEFAULT_APP_KEY: this.app.key,
      SOKETI_DEFAULT_APP_SECRET: this.app.secret,
      SOKETI_DEFAULT_APP_ENABLE_CLIENT_MESSAGES: 'true',
    };
    this.#child = new ChildProcess(process.execPath, [script, 'start'], { cwd: this.folder, env });
    await this.#child.line(/Server is up and running/);
  }

  async kill() {
    await this.#child?.kill();
    this.#child = null;
  }
}

/** Answers the folder that it is installed in, which is made if need be. */
async function installed() {
  const lock = readFileSync(join(manifest, 'package-lock.json'));
  const version = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(here, '../../../target/soketi', version);
  if (!existsSync(folder)) {
    // Made elsewhere and moved when it is complete: a run may be interrupted.
    const draft = `${folder}-${process.pid}`;
    mkdirSync(draft, { recursive: true });
    cpSync(manifest, draft, { recursive: true });
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', args, { cwd: draft, timeout: INSTALLS_WITHIN_MS });
    try {
      renameSync(draft, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      rmSync(draft, { recursive: true });
    }
  }
  return folder;
}
