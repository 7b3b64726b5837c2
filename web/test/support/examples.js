/** The examples of a page of documentation, as they stand there: what a reader copies is what the tests run. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');

export class Examples {
  #text;
  #page;

  static async of(page) {
    const examples = new Examples();
    examples.#page = page;
    examples.#text = await readFile(join(repository, page), 'utf8');
    return examples;
  }

  /**
   * The code below `<!-- example: name -->`. `changes` replaces the values that every reader replaces too; each must be
   * there, so that an example that no longer has one does not pass by accident.
   */
  code(name, changes = {}) {
    const marker = `<!-- example: ${name} -->\n`;
    const [, after, more] = this.#text.split(marker);
    const found = /^```\w+\n([^]*?)^```$/m.exec(after ?? '');
    if (!found || more !== undefined || found.index !== 0) throw new Error(`${this.#page} must have one example “${name}”`);
    let code = found[1];
    for (const [from, to] of Object.entries(changes)) {
      if (!code.includes(from)) throw new Error(`the example “${name}” does not contain ${from}`);
      code = code.replaceAll(from, to);
    }
    return code;
  }

  /** All names, so that a test can tell that it ran every example. */
  get names() {
    return [...this.#text.matchAll(/^<!-- example: (.+) -->$/gm)].map(([, name]) => name);
  }
}

/** Runs code as a module that finds the installed packages; `given` are values that it may name. Answers `wanted` from inside. */
export async function runModule(code, wanted = [], given = {}) {
  const parent = join(repository, 'web/.build');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'example-'));
  try {
    const file = join(folder, 'example.mjs');
    globalThis.exampleValues = given;
    const values = `const { ${Object.keys(given).join(', ')} } = globalThis.exampleValues;\n`;
    const exports = wanted.length > 0 ? `\nexport { ${wanted.join(', ')} };\n` : '';
    await writeFile(file, values + code + exports);
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
