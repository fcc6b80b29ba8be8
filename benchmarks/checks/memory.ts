import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  firstSamples,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  SGD,
} from '../../src/index.js';
import { saveCheckpoint, Trainer } from '../../src/node.js';

// What a process holds while it trains for 2,000 steps with two workers, and evaluates and saves a checkpoint after every
// 25; exit code 1 when that grows from step 200 to step 2,000. `npm run memory` for a network of all kinds of layers, whose
// steps take milliseconds; `npm run memory fashionNet` for the specified one.

const networks = {
  small: () =>
    new Sequential([
      new Conv2d(1, 8, 3, { stride: 2, padding: 1 }), // by im2col
      new ReLU(),
      new BatchNorm2d(8),
      new Conv2d(8, 8, 3, { padding: 1 }), // by Winograd
      new ReLU(),
      new BatchNorm2d(8),
      new MaxPool2d(2),
      new Dropout(0.1),
      new Flatten(),
      new Linear(8 * 7 * 7, 10),
    ]),
  fashionNet,
};

type Figure = 'heapUsed' | 'external' | 'arrayBuffers' | 'rss';

/**
 * Each figure may grow by so many bytes in 1,800 steps. The main thread's heap may grow by 250 for each step, a small object,
 * of which V8's own code and feedback come to half; what is outside it, by less than the tensors of three of the 72
 * checkpoints. `rss` alone shows the workers, each of which may grow by 10,000 for each step: their heaps are seldom
 * collected, and settle some 15 MB higher in thousands of steps.
 */
const allowed: Record<Figure, number> = {
  heapUsed: 450_000,
  external: 100_000,
  arrayBuffers: 100_000,
  rss: 36_000_000,
};
const figures = Object.keys(allowed) as Figure[];

// Node has gc with --expose-gc alone; --max-semi-space-size keeps V8's nurseries small, as their size has nothing to do with
// what is in use.
const { gc } = globalThis;
if (!gc) throw new Error('wants --expose-gc --max-semi-space-size=1, as npm run memory gives');
const collectGarbage = gc;

async function look(step: number): Promise<NodeJS.MemoryUsage> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await setImmediate(); // what was collected lets go of its memory then
  }
  const usage = process.memoryUsage();
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(3).padStart(12);
  console.log(`${String(step).padStart(5)}${figures.map((figure) => megabytes(usage[figure])).join('')}`);
  return usage;
}

const [name = 'small'] = process.argv.slice(2);
const train = firstSamples(await loadFashionMnist('train'), 500);
const test = firstSamples(await loadFashionMnist('test'), 100);
const trainer = new Trainer(networks[name as keyof typeof networks](), {
  inputShape: fashionNetInput,
  batchSize: 20,
  workers: 2,
  optimizer: new SGD({ learningRate: 0.01, momentum: 0.9 }),
});
const folder = await mkdtemp(join(tmpdir(), 'heddle-memory-'));
const looks: NodeJS.MemoryUsage[] = [];
const onStep = async () => {
  if (trainer.steps % 200 === 0) looks.push(await look(trainer.steps));
};
console.log(` step${figures.map((figure) => figure.padStart(12)).join('')}   MB, ${name}, Node ${process.version}`);
try {
  for await (const _ of trainer.fit(train, { epochs: 80, test, onStep }))
    await saveCheckpoint(folder, trainer.checkpoint());
} finally {
  await trainer.close();
  await rm(folder, { recursive: true });
}
for (const figure of figures) {
  const growth = looks[looks.length - 1][figure] - looks[0][figure];
  if (growth <= allowed[figure]) continue;
  console.error(`${figure} grew by ${growth} bytes; ${allowed[figure]} are allowed`);
  process.exitCode = 1;
}
