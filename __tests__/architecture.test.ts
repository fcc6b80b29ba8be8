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

// A file may import from its own layer and from those before it. What is not listed by file stands by its folder.
const layers = [
  ['src/errors.ts', 'src/version.ts'],
  ['src/tensor', 'src/phase.ts', 'src/arguments.ts', 'src/onnxOperator.ts'],
  ['src/kernels'],
  ['src/layers'],
  ['src/data', 'src/formats', 'src/search'],
  ['src/model'],
  [
    ...['src/fashionNet.ts', 'src/training/crossEntropyLoss.ts', 'src/training/augmentation.ts'],
    ...['src/training/optimizer.ts', 'src/training/optimizers.ts', 'src/training/sgd.ts', 'src/training/adam.ts'],
    ...['src/training/clipping.ts', 'src/training/average.ts', 'src/training/schedules.ts'],
  ],
  [
    ...['src/training/step.ts', 'src/training/gather.ts', 'src/training/profile.ts', 'src/training/metrics.ts'],
    'src/training/weightsHash.ts',
  ],
  ['src/parallel'],
  ['workers/step.ts'],
  [
    ...['src/training/trainer.ts', 'src/training/trainerOptions.ts', 'src/training/divergence.ts'],
    'src/training/resume.ts',
  ],
  ['src/index.ts', 'src/node.ts'],
  ['src/report'],
  ['src/cli'],
  ['src/train.ts', 'src/tune.ts', 'src/evaluate.ts', 'src/export.ts', 'src/predict.ts'],
];
const layerOf = (file: string) =>
  layers.findIndex((places) => places.some((place) => `${file}/`.startsWith(`${place}/`)));

const ours = (name: string) => name.startsWith('src/') || name.startsWith('workers/');

describe('the import directions of the design', () => {
  it('every file has a place in the layers', () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)('%s imports from its own layer or from below', (file) => {
    const above = importsOf(file).filter(
      (name) => ours(name) && !name.endsWith('.wasm.deflate') && layerOf(name) > layerOf(file),
    );
    expect(above).toEqual([]);
  });

  it('data and formats know tensors, not layers or models', () => {
    const wrong = files
      .filter((file) => /^src\/(data|formats)\//.test(file))
      .flatMap((file) =>
        importsOf(file).filter((name) => /^src\/(kernels|layers|model|training|parallel)\//.test(name)),
      );
    expect(wrong).toEqual([]);
  });

  it('a search knows nothing of networks: of arguments, errors, files, random numbers and plain arithmetic alone', () => {
    const used = files.filter((file) => file.startsWith('src/search/')).flatMap(importsOf);
    expect([...new Set(used)].filter((name) => ours(name) && !name.startsWith('src/search/')).toSorted()).toEqual([
      'src/arguments.ts',
      'src/errors.ts',
      'src/formats/durableFile.ts',
      'src/formats/json.ts',
      'src/formats/lock.ts',
      'src/formats/regularFile.ts',
      'src/kernels/transcendental.ts',
      'src/tensor/random.ts',
    ]);
  });

  it('only parallel/ and the worker import Piscina', () => {
    const users = files.filter((file) => importsOf(file).includes('piscina'));
    expect(users).toEqual(['src/parallel/pool.ts', 'workers/step.ts']);
  });

  it('Node’s modules appear only in the trainer, the command line and what touches files', () => {
    const allowed =
      /^(src\/(cli\/.*|parallel\/.*|train|tune|evaluate|export|predict|node|data\/(fingerprint|idx|imageFile|mnistFolder|png)|formats\/(checkpoint|durableFile|lock|makeFolder|modelFile|regularFile)|search\/(spaceFile|studyFile)|training\/(trainer|trainerOptions|weightsHash))\.?.*|workers\/.*)$/;
    const users = files.filter((file) => importsOf(file).some((name) => name.startsWith('node:')));
    expect(users.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('nothing that the library’s main entry reaches imports a module of Node’s or a package but ndarray and, bundled, fflate, leven and pbf', () => {
    const reached = new Set(['src/index.ts']);
    for (const file of reached) for (const name of importsOf(file)) if (/^src\/.*\.ts$/.test(name)) reached.add(name);
    const packages = [...reached].flatMap(importsOf).filter((name) => !ours(name));
    expect([...new Set(packages)].toSorted()).toEqual(['fflate', 'leven', 'ndarray', 'pbf']);
    expect(reached.size).toBeGreaterThan(25);
  });
});
