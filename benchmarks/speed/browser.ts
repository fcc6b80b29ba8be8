import { availableParallelism, cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../../__tests__/support/chromium.js';
import { addToRecord } from '../accuracy/record.js';
import { type Column, columns, note, type Result, table, verdicts } from './browser/table.js';
import { type Host, openHost, type Running, starts } from './browser/trainings.js';
import { workloads } from './browser/workloads.js';
import { networks } from './peers/networks.js';
import { chosen, positive } from './peers/options.js';

// Training in Chromium beside Node and TensorFlow.js on the same cores, on the first images of Fashion-MNIST: heddle with one
// worker and two, in a page that is isolated, and on the thread of one that is not; heddle in Node with the same kernels;
// TensorFlow.js with its two backends that can train. Each has a page or a process of its own, and they take turns. heddle's
// weights are the same to the bit after every round wherever it runs, and TensorFlow.js has to have heddle's losses
// (tensorflowPage.ts), or it is left out.
//   npm run bench:browser                             both networks, about seven minutes
//   npm run bench:browser -- lenet5 --rounds 3
// Prints a table in Markdown and whether the bars hold, and adds a line to benchmarks/results/browser.jsonl.

/** Between turns: idle threads stay awake for a moment before they sleep. */
const PAUSE_MS = 250;

const names = Object.keys(columns) as Column[];
const isHeddles = (name: Column) => name !== 'webgl' && name !== 'cpu';

async function startAll(network: string, host: Host): Promise<Map<Column, Running>> {
  const running = new Map<Column, Running>();
  for (const name of names)
    try {
      const training = await starts[name](network, host);
      running.set(name, training);
      const { version, peer } = training.about;
      const within = peer && `, losses within ${peer.error.toExponential(0)} of ${peer.tolerance.toExponential(0)}`;
      console.log(`  ${columns[name]}: version ${version}${within ?? ''}`);
    } catch (error) {
      if (isHeddles(name)) throw error;
      console.log(`  ${columns[name]} is left out: ${(error as Error).message.split('\n')[0]}`);
    }
  return running;
}

/** A turn for each. @throws Error when heddle's weights differ */
async function playRound(running: ReadonlyMap<Column, Running>): Promise<Map<Column, number>> {
  const rates = new Map<Column, number>();
  const hashes = new Set<string>();
  for (const [name, training] of running) {
    await setTimeout(PAUSE_MS);
    const { imagesPerSecond, weightsHash } = await training.train();
    rates.set(name, imagesPerSecond);
    if (weightsHash !== undefined) hashes.add(weightsHash);
  }
  if (hashes.size > 1) throw new Error(`heddle’s weights differ after a round: ${[...hashes].join(', ')}`);
  return rates;
}

async function timeNetwork(network: string, rounds: number, host: Host): Promise<Result> {
  const { title, batch } = networks[network];
  console.log(title);
  const running = await startAll(network, host);
  await playRound(running); // which warms up
  const rates: Record<string, number[]> = Object.fromEntries([...running.keys()].map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    const found = await playRound(running);
    for (const [name, rate] of found) rates[name].push(rate);
    console.log(`  round ${round}, images/s: ${[...found.values()].map((rate) => rate.toPrecision(3)).join(', ')}`);
  }
  for (const training of running.values()) await training.stop();
  const about = Object.fromEntries([...running].map(([name, training]) => [name, training.about]));
  return { network, title, batch, rates, about };
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const rounds = positive('rounds', 'whole number', values.rounds, /^\d{1,4}$/);
const all = Object.keys(workloads);
const wanted = positionals.length > 0 ? chosen('networks', positionals, all) : all;

const browser = await launchBrowser(['--enable-unsafe-swiftshader']); // a graphics card if there is one, or else software
const host = await openHost(browser);
const results: Result[] = [];
for (const network of wanted) results.push(await timeNetwork(network, rounds, host));
console.log(`\n${table(results)}\n\n${results.map(note).join('\n')}\n`);
for (const result of results) console.log(verdicts(result).join('\n'));

const machine = { processor: cpus()[0].model, cores: availableParallelism(), node: process.version };
const run = { date: new Date().toISOString(), ...machine, chromium: browser.version(), rounds };
addToRecord(new URL('../benchmarks/results/browser.jsonl', import.meta.resolve('heddle')), { ...run, results });
await browser.close();
host.isolating.close();
host.plain.close();
