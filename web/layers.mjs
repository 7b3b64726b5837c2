/**
 * Bundles a module graph as a few files that a browser can compile one by one: a slow phone takes longer over one
 * large file than it may be unresponsive. esbuild's own splitting makes a file of every different set of importers,
 * which would be dozens here, so the files are laid in layers:
 *
 *   base      what the parts stand on
 *   parts     each module that is imported lazily, with what only it needs
 *   layers    named by a module each; one has what its module imports and no earlier one has
 *   the entry everything else
 *
 * A file imports only from those before it, so its name can be made of its content. Imports are found by their form in
 * the source: `import { a, type B } from './c.ts'`.
 */

import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const IMPORT = /^import (type )?\{([^}]*)\} from '(\.[^']+\.ts)';$/gm;

/**
 * `layers`: `[name, ...modules]` in their order; the parts are built behind the first. `options` are esbuild's; `graph`
 * is the metafile of a build of all of it. Answers the files' names: of the entry, of the layers, and of the parts by
 * their modules.
 */
export async function buildLayers({ entry, name, layers, options, graph, outdir }) {
  const root = options.absWorkingDir;
  const lazy = Object.values(graph.inputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path));
  const names = await importedNames(root, Object.keys(graph.inputs));
  /** The file that a module is in, by its path in the graph. */
  const homes = new Map();

  const elsewhere = {
    name: 'elsewhere',
    setup(plugin) {
      plugin.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, kind }) => {
        const home = kind === 'entry-point' ? undefined : homes.get(relative(root, join(resolveDir, path)));
        return home && { path: `./${home}`, external: true };
      });
    },
  };
  const bundle = (entryPoints) =>
    build({ ...options, entryPoints, outdir, format: 'esm', entryNames: '[name]-[hash]', plugins: [...options.plugins, elsewhere] });

  const buildLayer = async (layer, modules) => {
    const members = closure(graph, modules).filter((path) => !homes.has(path) && path.endsWith('.ts'));
    const exported = new Map();
    const lines = [];
    for (const path of members) {
      const wanted = [...(names.get(path) ?? [])];
      if (wanted.length > 0) lines.push(`export { ${wanted.join(', ')} } from './${path}';`);
      for (const one of wanted) {
        if (exported.has(one)) throw new Error(`${path} and ${exported.get(one)} in the layer ${layer} both export ${one}`);
        exported.set(one, path);
      }
    }
    const { metafile } = await build({
      ...options,
      stdin: { contents: lines.join('\n'), resolveDir: root, sourcefile: `${layer}.ts`, loader: 'ts' },
      outfile: undefined,
      outdir,
      entryNames: `${layer}-[hash]`,
      format: 'esm',
      plugins: [...options.plugins, elsewhere],
    });
    noteOwners(metafile);
    const file = Object.keys(metafile.outputs).find((output) => basename(output).startsWith(`${layer}-`));
    for (const path of members) homes.set(path, basename(file));
    return basename(file);
  };

  /** A module in two files would be two modules, with a state and classes of each. */
  const owners = new Map();
  const noteOwners = ({ outputs }) => {
    for (const [output, { inputs }] of Object.entries(outputs)) {
      for (const path of Object.keys(inputs)) {
        const owner = owners.get(path) ?? output;
        if (owner !== output && path.endsWith('.ts')) throw new Error(`${path} is in ${basename(owner)} and in ${basename(output)}: it belongs to an earlier layer`);
        owners.set(path, owner);
      }
    }
  };

  const [[base, ...baseModules], ...rest] = layers;
  const files = [await buildLayer(base, baseModules)];
  const { metafile } = await build({
    ...options,
    entryPoints: [...new Set(lazy)],
    outdir,
    format: 'esm',
    splitting: true,
    entryNames: '[name]-[hash]',
    plugins: [...options.plugins, elsewhere],
  });
  noteOwners(metafile);
  const parts = {};
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) if (output.endsWith('.js')) parts[entryPoint ?? basename(output)] = basename(output);
  for (const path of lazy) homes.set(path, parts[path]);
  for (const [layer, ...modules] of rest) files.push(await buildLayer(layer, modules));
  const { metafile: last } = await bundle([{ in: entry, out: name }]);
  noteOwners(last);
  const script = Object.entries(last.outputs).find(([, { entryPoint }]) => entryPoint === entry)[0];
  return { script: basename(script), layers: files, parts };
}

/** The modules and all that they import at once. */
function closure(graph, modules, found = new Set()) {
  for (const path of modules) {
    if (found.has(path)) continue;
    if (!graph.inputs[path]) throw new Error(`${path} is not part of the graph`);
    found.add(path);
    const statics = graph.inputs[path].imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
    closure(graph, statics.map((each) => each.path), found);
  }
  return [...found];
}

/** What is imported of each module, by its path. */
async function importedNames(root, paths) {
  const names = new Map();
  for (const path of paths) {
    if (!path.endsWith('.ts')) continue;
    const source = await readFile(join(root, path), 'utf8');
    for (const [, isType, list, from] of source.matchAll(IMPORT)) {
      if (isType) continue;
      const of = join(dirname(path), from);
      const values = list.split(',').map((each) => each.trim()).filter((each) => each && !each.startsWith('type '));
      for (const value of values) names.set(of, (names.get(of) ?? new Set()).add(value.split(' as ')[0]));
    }
  }
  return names;
}
