/** A child process whose output is read line by line, and which does not outlive the test run. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { within } from './wait.js';

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;

const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class ChildProcess {
  /** Everything it printed, for messages about failures. */
  output = '';
  #child;
  #ended;
  #waiting = [];

  constructor(program, args, options) {
    this.name = args[0];
    this.#child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.#child);
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve({ error }));
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    }).finally(() => running.delete(this.#child));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
  }

  /** How it ended; waits for that. */
  get ended() {
    return this.#ended;
  }

  /** Waits for a line of output that matches; rejects with all output if the process ends first. */
  line(pattern) {
    const seen = this.output.split('\n').find((line) => pattern.test(line));
    if (seen !== undefined) return Promise.resolve(seen);
    const found = new Promise((resolve) => this.#waiting.push({ pattern, resolve }));
    const ended = this.#ended.then((end) => {
      throw new Error(`${this.name} ended (${end.error ?? end.signal ?? end.code}):\n${this.output}`);
    });
    return within(START_WITHIN_MS, `${pattern} from ${this.name}`, Promise.race([found, ended]));
  }

  /** SIGTERM: it may finish what it does. */
  async stop() {
    this.#child.kill('SIGTERM');
    return within(STOP_WITHIN_MS, `the end of ${this.name}`, this.#ended);
  }

  /** SIGKILL: it is gone in the middle of whatever it does. */
  async kill() {
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  #read(line) {
    this.output += `${line}\n`;
    const matches = this.#waiting.filter(({ pattern }) => pattern.test(line));
    this.#waiting = this.#waiting.filter((wait) => !matches.includes(wait));
    for (const { resolve } of matches) resolve(line);
  }
}

/** Runs a program to its end; answers what it printed on standard output. */
export async function runToEnd(program, args, { input = '', ...options }) {
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  // It may be over before it was given what it does not read.
  child.stdin.on('error', () => {});
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args[0]} exited with ${code}: ${errors}`);
  return output;
}
