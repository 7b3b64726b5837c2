/** The Python SDK of Pusher in a process of its own. It is installed once, into a virtual environment under `target/`. */

import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
  static async open({ id, key, secret }, port) {
    const env = { APP_ID: id, APP_KEY: key, APP_SECRET: secret, HOST: '127.0.0.1', PORT: String(port) };
    return new PythonSdk(spawn(await pythonWithSdk(), [join(scripts, 'bridge.py')], { env, stdio: ['pipe', 'pipe', 'inherit'] }));
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
export async function pythonWithSdk() {
  const requirements = join(scripts, 'requirements.txt');
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(here, '../../../target/python-sdk', version);
  if (!existsSync(folder)) {
    // Made elsewhere and moved when it is complete: test files run side by side, and a run may be interrupted.
    const draft = `${folder}-${process.pid}`;
    await run('python3', ['-m', 'venv', '--clear', draft]);
    await run(join(draft, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
    try {
      renameSync(draft, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      rmSync(draft, { recursive: true });
    }
  }
  return join(folder, 'bin/python');
}

/** Without a shell; what goes wrong is in the error, with what the program printed. */
function run(program, args) {
  return promisify(execFile)(program, args, { timeout: INSTALLS_WITHIN_MS });
}
