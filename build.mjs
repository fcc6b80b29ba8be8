// Builds dist/: the SIMD kernels (AssemblyScript → WebAssembly, embedded), the entries, and the bundled packages with what
// their worker threads run.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';
import { withoutRelaxed } from './src/kernels/simd/withoutRelaxed.mjs';

const simd = 'src/kernels/simd';
/** Of this package the WebAssembly module alone is used. */
const libjpegTurbo = '@cwasm/jpeg-turbo';

/** Writes a WebAssembly module as it is embedded: a third of the size, of which the library's entry has two. */
async function writeDeflated(wasm, file) {
  await writeFile(`${file}.deflate`, deflateRawSync(await readFile(wasm), { level: 9 }));
}

/** AssemblyScript that templates in TypeScript print, by the name of its file. */
async function printTemplates() {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: [`${simd}/assembly/templates/index.ts`],
    write: false,
  });
  return (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)).printed;
}

/** @param features beyond those of `simd`; `replaced` names a source file to take instead of another */
async function assemble(output, features, printed, replaced = {}) {
  const argv = [
    `${simd}/assembly/index.ts`,
    '--outFile',
    `${simd}/${output}`,
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    ['simd', 'threads', 'bulk-memory', ...features].join(),
    // The arena is imported: see src/tensor/arena.ts.
    '--importMemory',
    '--sharedMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    '65536',
    // Constants lie behind the zeros at address 0, which stand for a bias that is none.
    '--memoryBase',
    '128',
  ];
  const { error, stderr } = await asc.main(argv, {
    readFile: (name, folder) =>
      printed[basename(name)] ??
      readFile(join(folder, dirname(name), replaced[basename(name)] ?? basename(name)), 'utf8').catch(() => null),
  });
  if (error) throw new Error(`AssemblyScript: ${error.message}\n${stderr.toString()}`);
  await writeDeflated(`${simd}/${output}`, `${simd}/${output}`);
}

const shared = { bundle: true, metafile: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' };

/** What runs in the browser that shows a page, as text for that page. */
function bundlePageScript(page, others) {
  const file = `src/pages/${page}.script.txt`;
  const browser = { platform: 'browser', format: 'iife', target: 'es2022' };
  return build({ ...shared, ...browser, ...others, entryPoints: [`src/pages/browser/${page}.ts`], outfile: file });
}

/** Takes a part of a file of Piscina's for another. */
const inPiscina = (file, part, replacement) => ({
  name: `piscina ${file}`,
  setup(builder) {
    builder.onLoad({ filter: new RegExp(`piscina[/\\\\]dist[/\\\\]${file}$`) }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (source.split(part).length !== 2) throw new Error(`${path} does not have this once: ${part}`);
      return { contents: source.replace(part, () => replacement) };
    });
  },
});

// Piscina starts its worker.js from its own folder, and that imports a task's file, both by path: a user's bundle of
// heddle would have neither. So a thread runs a text that is part of Piscina here, with what it has to do in it.
function bundleWorker() {
  const task = JSON.stringify(resolve('workers/thread.ts'));
  return build({
    ...shared,
    entryPoints: ['node_modules/piscina/dist/worker.js'],
    format: 'cjs',
    write: false,
    minifySyntax: true,
    minifyWhitespace: true,
    loader: { '.deflate': 'binary' },
    external: ['@napi-rs/nice'],
    plugins: [
      inPiscina(
        'worker.js',
        /async function getHandler[\s\S]*?\n\}\n/,
        `const getHandler = () => require(${task}).default;\n`,
      ),
    ],
  });
}

// Bundled packages bring no native optional dependency to those who install heddle.
const vendored = ['piscina', 'commander', 'minimatch', 'yauzl'];

/** Node's modules as imports, where a package in CommonJS requires them: that goes in a bundle of either format. */
const importedBuiltins = {
  name: 'builtins',
  setup(builder) {
    builder.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    builder.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `export * from '${path}'; export { default } from '${path}';`,
    }));
  },
};

function vendor(worker) {
  return build({
    ...shared,
    entryPoints: Object.fromEntries(vendored.map((name) => [name, name])),
    outdir: 'dist/vendor',
    plugins: [
      inPiscina(
        'index.js',
        `filename: (0, node_path_1.resolve)(__dirname, 'worker.js'),`,
        `filename: ${JSON.stringify(worker)}, eval: true,`,
      ),
      importedBuiltins,
    ],
  });
}

const vendorImports = {
  name: 'vendor',
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^(${vendored.join('|')})$`) }, ({ path }) => ({
      path: `./vendor/${path}.js`,
      external: true,
    }));
  },
};

function bundle() {
  return build({
    ...shared,
    entryPoints: {
      index: 'src/index.ts',
      node: 'src/node.ts',
      networks: 'src/networks.ts',
      machines: 'src/machines.ts',
      machinesThread: 'workers/machinesThread.ts',
      heddle: 'src/commands/heddle.ts',
      train: 'src/commands/train.ts',
      tune: 'src/commands/tune.ts',
      evaluate: 'src/commands/evaluate.ts',
      view: 'src/commands/view.ts',
      export: 'src/commands/export.ts',
      data: 'src/commands/data.ts',
      predict: 'src/commands/predict.ts',
      'benchmarks/speed/kernels': 'benchmarks/speed/kernels.ts',
      'benchmarks/speed/layers': 'benchmarks/speed/layers.ts',
      'benchmarks/speed/page': 'benchmarks/speed/page.ts',
      'benchmarks/checks/fuzz': 'benchmarks/checks/fuzz.ts',
      'benchmarks/accuracy/accuracyChart': 'benchmarks/accuracy/accuracyChart.ts',
      'benchmarks/accuracy/claims': 'benchmarks/accuracy/claims.ts',
      'benchmarks/accuracy/defaultSearch': 'benchmarks/accuracy/defaultSearch.ts',
      'benchmarks/checks/crash': 'benchmarks/checks/crash.ts',
      'benchmarks/checks/crash/failingCall': 'benchmarks/checks/crash/failingCall.ts',
      'benchmarks/checks/nodes': 'benchmarks/checks/nodes.ts',
      'benchmarks/checks/ownPictures': 'benchmarks/checks/ownPictures.ts',
      'benchmarks/interop/networks': 'benchmarks/interop/networks.ts',
      'benchmarks/interop/onnx': 'benchmarks/interop/onnx.ts',
      'benchmarks/interop/optimizer': 'benchmarks/interop/optimizer.ts',
      'benchmarks/checks/memory': 'benchmarks/checks/memory.ts',
      'benchmarks/checks/tensorBoard': 'benchmarks/checks/tensorBoard.ts',
      'benchmarks/machines/exchange': 'benchmarks/machines/exchange.ts',
      'benchmarks/checks/machines/collectives': 'benchmarks/checks/machines/collectives.ts',
      'benchmarks/checks/machines/trainings': 'benchmarks/checks/machines/trainings.ts',
      'benchmarks/accuracy/timeToAccuracy': 'benchmarks/accuracy/timeToAccuracy.ts',
    },
    outdir: 'dist',
    // The library's entry runs in browsers too: nothing of Node's may slip in unasked.
    platform: 'neutral',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    loader: { '.deflate': 'binary', '.css': 'text', '.txt': 'text' },
    external: ['ndarray', 'onnxruntime-web', 'playwright-core', 'tinybench', 'node:*'],
    plugins: [vendorImports],
  });
}

/** For browsers: a page may load these files as they are, and webWorker.js, which threads run, has what it shares with them. */
function bundleForBrowsers() {
  return build({
    ...shared,
    entryPoints: {
      index: 'src/index.ts',
      networks: 'src/networks.ts',
      web: 'src/web.ts',
      webWorker: 'workers/webWorker.ts',
    },
    outdir: 'dist/browser',
    platform: 'browser',
    target: 'es2022',
    minifySyntax: true,
    minifyWhitespace: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    loader: { '.deflate': 'binary' },
    plugins: [withoutRelaxed],
  });
}

// Each is a program of its own beside heddle, which it imports by its name as a user does, built apart so that what they share
// is in none of the library's chunks.
async function bundlePeers() {
  const engines = ['heddle', 'onnxruntime', 'reference', 'tensorflow'];
  await build({
    ...shared,
    entryPoints: [
      'benchmarks/speed/peers.ts',
      'benchmarks/speed/browser.ts',
      'benchmarks/speed/browser/heddleProcess.ts',
      'benchmarks/speed/decode.ts',
      ...engines.map((name) => `benchmarks/speed/peers/${name}.ts`),
      ...['model', 'rank', 'speed'].map((name) => `benchmarks/machines/${name}.ts`),
      'benchmarks/checks/machines.ts',
      'benchmarks/pictures.ts',
    ],
    outbase: 'benchmarks',
    outdir: 'dist/benchmarks',
    loader: { '.deflate': 'binary' },
    packages: 'external',
  });
}

/** Scripts of the benchmark's pages, which have heddle as any page has it, and all else within. */
async function bundleBenchmarkPages() {
  await build({
    ...shared,
    entryPoints: ['heddlePage', 'tensorflowPage'].map((name) => `benchmarks/speed/browser/${name}.ts`),
    outdir: 'dist/benchmarks/speed/browser',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    external: ['heddle', 'heddle/*'],
  });
}

/** Of all packages that have code in the bundles. */
async function writeLicences(...metafiles) {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  // AssemblyScript's run-time is in the kernels, and its licence, Apache's, is that of some files of other packages too.
  folders.push('node_modules/assemblyscript');
  const licences = [...new Set(folders)].toSorted().map(async (folder) => {
    const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${folder} is bundled but has no licence file`);
    const sources = files.filter((name) => name.startsWith(`${folder}/`)).map((name) => readFile(name, 'utf8'));
    // Files by other authors have notices of their own.
    const notices = (await Promise.all(sources)).flatMap((text) => text.match(/\/\*[^*]*Copyright.*?\*\//gs) ?? []);
    const texts = [await readFile(`${folder}/${file}`, 'utf8'), ...new Set(notices)];
    return `${folder.replace('node_modules/', '')}\n\n${texts.join('\n')}`;
  });
  // Its package comes without one.
  licences.push(readFile('src/data/decode/libjpegTurbo.licence.txt', 'utf8'));
  await writeFile('dist/LICENSES.txt', (await Promise.all(licences)).join('\n----\n\n'));
}

// They import the package by its name, as its users do.
async function compileExamples() {
  const names = (await readdir('examples')).filter((name) => name.endsWith('.ts'));
  await build({
    ...shared,
    bundle: false,
    entryPoints: names.map((name) => `examples/${name}`),
    outdir: 'dist/examples',
  });
}

await rm('dist', { recursive: true, force: true });
const printed = await printTemplates();
await assemble('simd.wasm', [], printed);
await assemble('relaxed.wasm', ['relaxed-simd'], printed, { 'multiplyAdd.ts': 'relaxedMultiplyAdd.ts' });
await writeDeflated(`node_modules/${libjpegTurbo}/jpeg-turbo.wasm`, 'src/data/decode/libjpegTurbo.wasm');
const page = await bundlePageScript('run', { minify: true });
await Promise.all(['study', 'evaluation'].map((name) => bundlePageScript(name)));
const worker = await bundleWorker();
const bundles = [page, worker, await vendor(worker.outputFiles[0].text), await bundle(), await bundleForBrowsers()];
// npm sets this for those who install the package, and npx in a clone wants it too.
await chmod('dist/heddle.js', 0o755);
await writeLicences(...bundles.map(({ metafile }) => metafile));
await bundlePeers();
await bundleBenchmarkPages();
await compileExamples();
