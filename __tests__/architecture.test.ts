import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('assembly'))
    .map((file) => join(folder, file)),
);

// `import … from`, `export … from`, an import for its side effects, and import().
const importPattern = /^(?:import|export)\b[^;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

/** What a file imports or re-exports: packages as they are, files of ours by their path in the repository. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(([, from, effect, dynamic]) => {
    const name = from ?? effect ?? dynamic;
    return name.startsWith('.') ? relative(root, join(root, dirname(file), name)).replace(/\.js$/, '.ts') : name;
  });

const imports = new Map(files.map((file) => [file, importsOf(file)]));

// From below to above: a file may import what is in its own room or in one before it. Arguments are checked in terms of
// shapes, and tensors check their arguments, so these make one room.
const rooms = [
  ['errors.ts', 'validate.ts', 'tensor'],
  ['formats'],
  ['data'],
  ['kernels'],
  ['program'],
  ['graph'],
  ['layers'],
  ['network'],
  ['networks'],
  ['losses', 'optimizers'],
  ['parallel'],
  ['machines'],
  ['datasets'],
  ['prediction'],
  ['training'],
  ['workers'],
  ['search'],
  ['pages'],
  ['livePage'],
  ['fashionMnist'],
  ['index.ts', 'machines.ts', 'networks.ts', 'node.ts', 'web.ts'],
  ['commands'],
];
const roomOf = (file: string) => file.replace(/^src\//, '').split('/')[0];
const heightOf = (file: string) => rooms.findIndex((room) => room.includes(roomOf(file)));

const ours = (name: string) => name.startsWith('src/') || name.startsWith('workers/');

/** The rooms that import something of ours or of others. */
const roomsThatImport = (wanted: (name: string) => boolean) =>
  [...new Set(files.filter((file) => imports.get(file)?.some(wanted)).map(roomOf))].toSorted();

/** Files that import each other in a circle, from the one where it begins to that one again; those below are searched. */
function circleBelow(file: string, above: readonly string[], searched: Set<string>): string[] | undefined {
  if (above.includes(file)) return [...above.slice(above.indexOf(file)), file];
  if (searched.has(file)) return undefined;
  for (const name of imports.get(file) ?? []) {
    const circle = circleBelow(name, [...above, file], searched);
    if (circle) return circle;
  }
  searched.add(file);
  return undefined;
}

describe('the import directions of the design', () => {
  it('every file is in a room', () => {
    expect(files.filter((file) => heightOf(file) < 0)).toEqual([]);
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)('%s imports from its own room or from below', (file) => {
    const above = imports.get(file)?.filter((name) => ours(name) && heightOf(name) > heightOf(file));
    expect(above).toEqual([]);
  });

  it('no files import each other in a circle, not even for types', () => {
    const searched = new Set<string>();
    for (const file of files) expect(circleBelow(file, [], searched)).toBeUndefined();
    expect(searched.size).toBeGreaterThanOrEqual(files.length);
  });

  it('a search knows nothing of networks: of arguments, errors, files, random numbers and plain arithmetic alone', () => {
    const used = files.filter((file) => roomOf(file) === 'search').flatMap((file) => imports.get(file) ?? []);
    expect([...new Set(used.filter(ours).map(roomOf))].toSorted()).toEqual([
      'errors.ts',
      'formats',
      'search',
      'tensor',
      'validate.ts',
    ]);
  });

  it('only parallel/ and the worker import Piscina', () => {
    expect(roomsThatImport((name) => name === 'piscina')).toEqual(['parallel', 'workers']);
  });

  it('Node’s modules appear only in the rooms that touch files, threads or the terminal', () => {
    const allowed = [
      'commands',
      'data',
      'datasets',
      'fashionMnist',
      'formats',
      'livePage',
      'machines',
      'node.ts',
      'pages',
      'parallel',
      'prediction',
      'search',
      'training',
      'workers',
    ];
    const users = roomsThatImport((name) => name.startsWith('node:'));
    expect(users.filter((room) => !allowed.includes(room))).toEqual([]);
  });

  /** The packages and modules of Node's that some files import, with all that they import of ours. */
  function packagesBehind(...files: string[]): string[] {
    const reached = new Set(files);
    for (const file of reached) for (const name of imports.get(file) ?? []) if (imports.has(name)) reached.add(name);
    expect(reached.size).toBeGreaterThan(25);
    const names = [...reached].flatMap((file) => imports.get(file) ?? []).filter((name) => !ours(name));
    return [...new Set(names)].toSorted();
  }

  it('nothing that the library’s main entry and its networks reach imports a module of Node’s or a package but ndarray and, bundled, fflate, leven and pbf', () => {
    expect(packagesBehind('src/index.ts', 'src/networks.ts')).toEqual(['fflate', 'leven', 'ndarray', 'pbf']);
  });

  it('nothing that the browser’s entry and its worker reach imports a module of Node’s', () => {
    const bundled = ['@noble/hashes/sha2.js', 'fflate', 'leven', 'ndarray', 'valibot'];
    expect(packagesBehind('src/web.ts', 'workers/webWorker.ts')).toEqual(bundled);
  });
});

it.each(files)('%s has at most 300 lines', (file) => {
  expect(readFileSync(join(root, file), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(300);
});
