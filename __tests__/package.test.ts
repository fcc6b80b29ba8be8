import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const here = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string) => join(here, 'node_modules', '.bin', name);

async function run(folder: string, program: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd: folder, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

const program = `
import {
  BatchNorm2d, batches, Conv2d, CrossEntropyLoss, Flatten, Linear, Model, ReLU, Sequential, SGD, tensorDataset,
} from 'heddle';
import { lenet5 } from 'heddle/networks';
import { type EpochReport, Trainer } from 'heddle/node';

const images = Array.from({ length: 8 }, (_, n) => [[0, 255 * (n % 2), 0], [9, 9, 9], [0, 0, n]]);
const data = tensorDataset(images, [0, 1, 0, 1, 0, 1, 0, 1]);
const network = () =>
  new Sequential([new Conv2d(1, 8, 3, { padding: 1 }), new ReLU(), new BatchNorm2d(8), new Flatten(), new Linear(72, 2)]);
const model = new Model(network(), { inputShape: [1, 3, 3], batchSize: 8 });
const [criterion, optimizer] = [new CrossEntropyLoss(), new SGD({ learningRate: 0.1 })];
for (let epoch = 0; epoch < 20; epoch++)
  for (const { inputs, targets } of batches(data, { batchSize: 8, shuffle: { seed: 0, epoch } })) {
    const { gradient } = criterion.forward(model.forward(inputs), targets);
    model.backward(gradient);
    optimizer.step(model);
  }
const trainer = new Trainer(network(), { inputShape: [1, 3, 3], batchSize: 8, optimizer, workers: 2 });
const reports: EpochReport[] = [];
for await (const report of trainer.fit(data, { epochs: 20 })) reports.push(report);
const [one, other] = [model, trainer.model].map((each) => each.stateDict().get('4.bias')?.get(0));
console.log(model.kernels.name, reports.length, one === other, lenet5().conv1 instanceof Conv2d);
await trainer.close();
`;

/** A layer of one's own, for a bundle and its threads. */
const layer = `
import { type Activation, Layer, type Planner, perShard, registerLayer, type Shape, samplesOf, sizeOf } from 'heddle';

export class Twice extends Layer {
  readonly type = 'Twice';
  arguments = () => [];
  describe = () => 'Twice()';
  outputShape = (input: Shape) => input;
  plan(input: Activation, { activation }: Planner) {
    const output = activation(input.shape);
    const size = sizeOf(input.shape);
    const double = (from: Float32Array, to: Float32Array) =>
      perShard(({ first, count }) =>
        samplesOf(to, size, first, count).set(samplesOf(from, size, first, count).map((value) => 2 * value)),
      );
    return { output, forward: [double(input.data, output.data)], backward: [double(output.gradient, input.gradient)] };
  }
}
registerLayer('Twice', Twice);
`;

const bundled = `
import { resolve } from 'node:path';
import { Conv2d, Flatten, Linear, ReLU, Sequential, SGD, tensorDataset } from 'heddle';
import { Trainer } from 'heddle/node';
import { Twice } from './layer.mjs';

async function main() {
  const data = tensorDataset(Array.from({ length: 8 }, (_, n) => [[0, 255 * (n % 2), 0], [9, 9, 9], [0, 0, n]]), [0, 1, 0, 1, 0, 1, 0, 1]);
  const network = new Sequential([new Conv2d(1, 8, 3, { padding: 1 }), new ReLU(), new Twice(), new Flatten(), new Linear(72, 2)]);
  const options = { inputShape: [1, 3, 3], batchSize: 8, optimizer: new SGD({ learningRate: 0.1 }), workers: 2 };
  const trainer = new Trainer(network, { ...options, layerModules: [resolve(process.argv[1], '..', process.argv[2])] });
  for await (const { epoch, trainLoss, testLoss } of trainer.fit(data, { epochs: 2, test: data }))
    console.log(epoch, trainLoss, testLoss);
  console.log(trainer.weightsHash());
  await trainer.close();
}
main();
`;

/** What a compiler must refuse. */
const wrong = `
import { Conv2d, SGD } from 'heddle';
export const layer = new Conv2d(1, 2, 3, { pading: 1 });
export const optimizer = new SGD({ momentum: 0.9 });
`;

describe('the package', () => {
  let folder: string;
  let tarball: string;
  let files: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heddle-package-'));
    const packed = await run(here, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
    const [{ filename, files: list }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    tarball = join(folder, filename);
    files = list.map(({ path }) => path);
    await run(folder, 'npm', 'init', '-y');
    await run(folder, 'npm', 'install', tarball);
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true }));

  it('is under 1.25 MB: dist, README, licences, and neither data nor tests nor benchmarks', async () => {
    expect((await stat(tarball)).size).toBeLessThan(1.25e6);
    expect(files.filter((file) => !file.startsWith('dist/')).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files.filter((file) => /^dist\/(benchmarks|examples|data\/.*gz)/.test(file))).toEqual([]);
    expect(files).toContain('dist/LICENSES.txt');
  });

  it('installed, brings no native file and no package with an install script', async () => {
    const installed = (await readdir(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    const found: string[] = [];
    for (const { name, parentPath } of installed) {
      const bytes = await readFile(join(parentPath, name));
      // ELF, Mach-O (both orders, and fat) and PE.
      if (
        name.endsWith('.node') ||
        /^(7f454c46|feedfac[ef]|c[ef]faedfe|cafebabe|4d5a)/.test(bytes.toString('hex', 0, 4))
      )
        found.push(name);
      if (name !== 'package.json') continue;
      const { scripts = {} } = JSON.parse(bytes.toString()) as { scripts?: Record<string, string> };
      const names = ['preinstall', 'install', 'postinstall'].filter((script) => script in scripts);
      if (names.length > 0 || installed.some((file) => file.parentPath === parentPath && file.name === 'binding.gyp'))
        found.push(`${basename(parentPath)} ${names}`);
    }
    expect(found).toEqual([]);
    expect(installed.length).toBeGreaterThan(50);
  });

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])(
    'type-checks under strict with module %s and moduleResolution %s, and refuses wrong options',
    async (module, moduleResolution) => {
      const compilerOptions = {
        strict: true,
        target: 'es2022',
        module,
        moduleResolution,
        types: [],
        outDir: moduleResolution,
      };
      await writeFile(join(folder, 'program.mts'), program);
      await writeFile(join(folder, 'wrong.mts'), wrong);
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.mts'] }));
      await run(folder, bin('tsc'), '-p', '.');
      const output = await run(folder, process.execPath, join(moduleResolution, 'program.mjs'));
      expect(output).toBe('simd 20 true true\n');

      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['wrong.mts'] }));
      const refused = await run(folder, bin('tsc'), '-p', '.').catch(String);
      expect(refused.match(/wrong.mts\(\d/g)).toEqual(['wrong.mts(3', 'wrong.mts(4']);
    },
  );

  it('passes publint, and arethetypeswrong for ES modules', async () => {
    await run(here, bin('publint'), '--strict', tarball);
    await run(here, bin('attw'), tarball, '--profile', 'esm-only');
  });

  it.each([
    ['esm', 'mjs'],
    ['cjs', 'cjs'],
  ])(
    'bundled by esbuild in format %s, with a program, trains in threads where no package is installed, with a layer of one’s own, to the bits of the program itself',
    async (format, extension) => {
      await writeFile(join(folder, 'layer.mts'), layer);
      await writeFile(join(folder, 'bundled.mts'), bundled);
      const esbuild = (outdir: string, suffix: string, ...options: string[]) =>
        run(
          folder,
          bin('esbuild'),
          'bundled.mts',
          'layer.mts',
          `--outdir=${outdir}`,
          `--out-extension:.js=.${suffix}`,
          ...options,
        );
      await esbuild('plain', 'mjs');
      // CommonJS has no import.meta, of which esbuild only warns.
      const strict = '--log-override:empty-import-meta=error';
      await esbuild(format, extension, '--bundle', '--platform=node', `--format=${format}`, strict);
      const alone = await mkdtemp(join(tmpdir(), 'heddle-bundle-'));
      try {
        for (const name of [`bundled.${extension}`, `layer.${extension}`])
          await copyFile(join(folder, format, name), join(alone, name));
        const output = await run(alone, process.execPath, `bundled.${extension}`, `layer.${extension}`);
        expect(output).toMatch(/^1 .*\n2 .*\n[0-9a-f]{64}\n$/);
        expect(output).toBe(await run(folder, process.execPath, join('plain', 'bundled.mjs'), 'layer.mjs'));
      } finally {
        await rm(alone, { recursive: true });
      }
    },
  );
  it('exports what users and layers of their own need by name, and nothing that only our kernels and layers share', async () => {
    const [index, node] = await Promise.all(
      ['index', 'node'].map((entry) => readFile(join(folder, `node_modules/heddle/dist/${entry}.d.ts`), 'utf8')),
    );
    const names = `${index}${node}`.match(/\w+/g);
    for (const name of ['Layer', 'Planner', 'perPart', 'samplesOf', 'SearchRange', 'SamplerName', 'StudyEvent'])
      expect(names).toContain(name);
    for (const name of ['Patches', 'PoolWindow', 'Tiles', 'TileCounts', 'PointStrides', 'Affine', 'Pooling', 'HashKey'])
      expect(names).not.toContain(name);
  });

  /** What esbuild makes of a page's script and of what its workers run: the folder, bytes to download as gzip packs them,
   * and the texts. */
  async function bundledForBrowsers(script: string) {
    await writeFile(join(folder, 'browser.js'), script);
    const entries = ['page=browser.js', 'webWorker=node_modules/heddle/dist/browser/webWorker.js'];
    const outdir = await mkdtemp(join(folder, 'page-'));
    await run(
      folder,
      bin('esbuild'),
      ...entries,
      '--bundle',
      '--splitting',
      '--minify',
      '--format=esm',
      `--outdir=${outdir}`,
    );
    const texts = await Promise.all((await readdir(outdir)).map((name) => readFile(join(outdir, name), 'utf8')));
    const bytes = texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
    return { outdir, bytes, text: texts.join('\n') };
  }

  it('has a main entry, networks and a browser’s Trainer that esbuild bundles, with all that worker threads run, without node: imports', async () => {
    const { bytes, text } = await bundledForBrowsers(
      "export * from 'heddle'; export * from 'heddle/networks'; export * from 'heddle/web';",
    );
    expect(bytes).toBeLessThan(180_000);
    expect(text).not.toMatch(/\b(from|import)\b\s*\(?["'`]node:/);
    expect(text).toContain('new URL("./webWorker.js",import.meta.url)');
  });

  it('trains the specified network in a browser with less than 160 KB to download', async () => {
    const { bytes } = await bundledForBrowsers(`
      import { fashionNet, SGD } from 'heddle';
      import { fetchMnist, Trainer } from 'heddle/web';
      const trainer = new Trainer(fashionNet(), { inputShape: [1, 28, 28], optimizer: new SGD({ learningRate: 0.1 }) });
      for await (const _ of trainer.fit(await fetchMnist('data', 'train'), { epochs: 1 }));`);
    expect(bytes).toBeLessThan(160_000);
  });

  it('calls networks by their names where a page’s bundler shortens those of classes', async () => {
    const { outdir } = await bundledForBrowsers(`
      import { Model } from 'heddle';
      import { lenet5, resnet18 } from 'heddle/networks';
      const modules = (network, inputShape) => new Model(network, { inputShape, batchSize: 1 }).graph.modules.map(({ type }) => type);
      console.log(...modules(lenet5(), [1, 28, 28]), ...modules(resnet18(), [3, 64, 64]));`);
    await writeFile(join(outdir, 'package.json'), '{"type":"module"}');
    const types = (await run(outdir, process.execPath, 'page.js')).trim().split(' ');
    expect(types).toEqual(expect.arrayContaining(['LeNet5', 'ResNet', 'BasicBlock', 'Sequential']));
  });
});
