/** The Python SDK of Pusher in a process of its own. It is installed once, into a virtual environment under `target/`. */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './wait.js';

const here = dirname(fileURLToPath(import.meta.url));
const scripts = join(here, '../peers/python');
const ANSWERS_WITHIN_MS = 10_000;
const INSTALLS_WITHIN_MS = 180_000;

/** Why there is no Python to run the SDK with; null when there is. */
export function noPython() {
  const { status } = spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
  return status === 0 ? null : 'python3 with its module venv is not installed';
}

export class PythonSdk {
  #child;
  #waiting = [];

  constructor(child) {
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line)));
  }

  /** Speaks to this server, for the application with these credentials. */
  static open({ id, key, secret }, port) {
    const env = { APP_ID: id, APP_KEY: key, APP_SECRET: secret, HOST: '127.0.0.1', PORT: String(port) };
    return new PythonSdk(spawn(pythonWithSdk(), [join(scripts, 'bridge.py')], { env, stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Calls a method of `pusher.Pusher`; rejects with the name of Python's exception in front of its text. */
  async call(method, ...args) {
    const answered = new Promise((resolve) => this.#waiting.push(resolve));
    this.#child.stdin.write(`${JSON.stringify({ method, args })}\n`);
    const { value, error, text } = await within(ANSWERS_WITHIN_MS, `the answer of ${method} in Python`, answered);
    if (error) throw new Error(`${error}: ${text}`);
    return value;
  }

  close() {
    this.#child.stdin.end();
  }
}

/** Answers the interpreter of the environment that has what `requirements.txt` asks for, which is installed if need be. */
export function pythonWithSdk() {
  const requirements = join(scripts, 'requirements.txt');
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(here, '../../../target/python-sdk', version);
  const python = join(folder, 'bin/python');
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    run('python3', ['-m', 'venv', '--clear', folder]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
    writeFileSync(complete, '');
  }
  return python;
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALLS_WITHIN_MS });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? error}`);
}
