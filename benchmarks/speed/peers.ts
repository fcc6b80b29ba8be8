import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { version } from '../../src/formats/version.js';
import { addToRecord } from '../accuracy/record.js';
import { networks } from './peers/networks.js';
import { fetchOnnxruntimeNode } from './peers/onnxruntimeNode.js';
import { type Mode, type Options, readOptions } from './peers/options.js';
import { peerNames, programs, reference } from './peers/programs.js';
import { measureScaling } from './peers/scaling.js';
import { type Result, table } from './peers/table.js';
import { takeTurns } from './peers/turns.js';

// heddle and its peers on the same cores, in turn within one run, so that whatever else the machine does meets all: images/s in
// training and in inference, the medians of the rounds' ratios, and peak memory. Each engine runs a network in one mode in a
// process of its own, and no peer is timed whose results for heddle's weights do not agree with heddle's.
//   npm run bench                                     all networks, about a quarter of an hour
//   npm run bench -- resnet18 vgg11 --rounds 3 --seconds 0.5 --peers pytorch,onnxruntime-node --modes train,infer,one
//   npm run bench -- --scaling                        all workers beside one, of the specified network and ResNet-18
// Prints tables in Markdown, and adds a line to benchmarks/results/speed.jsonl.

const threads = availableParallelism();
const defaultModes = (name: string): readonly Mode[] =>
  name === 'fashionNet' ? ['train', 'infer', 'one'] : ['train', 'infer'];

async function timeNetwork(name: string, options: Options): Promise<Result[]> {
  const { title, batch } = networks[name];
  const folder = await mkdtemp(join(tmpdir(), 'heddle-bench-'));
  try {
    await promisify(execFile)(process.execPath, [reference, folder, name]);
    const results: Result[] = [];
    for (const mode of options.modes ?? defaultModes(name)) {
      console.log(`${title}, ${mode === 'one' ? 'one image' : `${mode}, batch ${batch}`}`);
      const wanted = programs.filter(
        ({ engine, modes }) =>
          modes.includes(mode) && (engine === 'heddle' || options.peers.includes(engine.toLowerCase())),
      );
      const engines = await takeTurns(wanted, ({ variant }) => [folder, name, mode, variant, String(threads)], options);
      for (const { engine, variant, version, threads, rate, ratio, error, peakMemory } of engines)
        console.log(
          `  ${`${engine} ${version}, ${variant}, threads: ${threads}`.padEnd(48)} ${rate.toFixed(0).padStart(7)} images/s, ` +
            `ratio ${ratio.toFixed(2)}, ${peakMemory} MB${error === undefined ? '' : `, within ${error.toExponential(0)}`}`,
        );
      results.push({ network: name, title, batch, mode, engines });
    }
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function timeAll(options: Options): Promise<Result[]> {
  const fetched = !options.peers.includes('onnxruntime-node') || (await fetchOnnxruntimeNode());
  const peers = options.peers.filter((name) => fetched || name !== 'onnxruntime-node');
  const results: Result[] = [];
  for (const name of options.networks) results.push(...(await timeNetwork(name, { ...options, peers })));
  const modes = [...new Set(results.map(({ mode }) => mode))];
  for (const mode of modes) console.log(`\n${table(mode, results)}`);
  return results;
}

async function scaleAll({ networks: names, rounds }: Options) {
  const scalings = [];
  for (const name of names.filter((name) => name === 'fashionNet' || name === 'resnet18')) {
    const scaling = await measureScaling(name, rounds);
    console.log(`${networks[name].title}, workers ${scaling.workers.join(' and ')}: ratio ${scaling.ratio.toFixed(2)}`);
    scalings.push(scaling);
  }
  return scalings;
}

const options = readOptions(process.argv.slice(2), { networks: Object.keys(networks), peers: peerNames });
const machine = { processor: cpus()[0].model, cores: threads, node: process.version, version };
const { rounds, seconds } = options;
const run = { date: new Date().toISOString(), ...machine, rounds, seconds };
const found = options.scaling ? { scaling: await scaleAll(options) } : { results: await timeAll(options) };
addToRecord(new URL('../benchmarks/results/speed.jsonl', import.meta.resolve('heddle')), { ...run, ...found });
