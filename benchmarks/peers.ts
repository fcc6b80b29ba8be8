import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { firstSamples } from '../src/data/imageDataset.js';
import { loadMnistFolder } from '../src/data/mnistFolder.js';
import { fashionNet, fashionNetInput } from '../src/fashionNet.js';
import { encodeSafetensors, type StoredTensor } from '../src/formats/safetensors.js';
import { Model } from '../src/model/model.js';
import { rowMajor } from '../src/tensor/view.js';
import { SGD } from '../src/training/sgd.js';
import { Trainer } from '../src/training/trainer.js';

// heddle and PyTorch on the same cores, in turn within one run, so that whatever else the machine does meets both:
// images/s of the network in training and in inference, and the medians of the rounds' ratios. Nothing is timed until
// PyTorch's logits for heddle's weights agree with heddle's.

const ROUNDS = 11;
const SECONDS = 1;
const variants = ['contiguous', 'channels_last', 'bfloat16'] as const;
const threads = availableParallelism();

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const folder = fileURLToPath(new URL('../../data/fashion-mnist', import.meta.url));
const dataset = firstSamples(await loadMnistFolder(folder, 'train'), 500);
const trainer = new Trainer(fashionNet(), {
  ...{ inputShape: fashionNetInput, optimizer: new SGD({ learningRate: 0.01 }), workers: threads },
});
const { kernels } = trainer.model;
const single = new Model(fashionNet(), { inputShape: fashionNetInput, batchSize: 1, kernels: kernels.name }).eval();
const image = Float32Array.from(dataset.images.subarray(0, 784), (value) => value / 255);

/** Repeats some work for as long as one turn lasts, and returns images/s. */
async function rate(images: number, work: () => unknown): Promise<number> {
  await work();
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < 1000 * SECONDS) {
    await work();
    count += images;
  }
  return count / ((performance.now() - start) / 1000);
}

const heddle = {
  train: () =>
    rate(500, async () => {
      for await (const _ of trainer.fit(dataset, { epochs: 1 }));
    }),
  infer: () => rate(500, () => trainer.evaluate(dataset)),
  one: () => rate(1, () => single.forward(image)),
};

/** PyTorch's process, once it has checked that it computes what heddle does. */
async function startPyTorch() {
  const model = new Model(fashionNet(), {
    inputShape: fashionNetInput,
    batchSize: 100,
    seed: 1,
    kernels: kernels.name,
  }).eval();
  const input = Float32Array.from(dataset.images.subarray(0, 78400), (value) => value / 255);
  const tensors = new Map<string, StoredTensor>(
    [...model.stateDict()].map(([name, tensor]) => [name, { shape: tensor.shape, data: rowMajor(tensor) }]),
  );
  tensors.set('input', { shape: [100, 1, 28, 28], data: input });
  tensors.set('output', { shape: [100, 10], data: Float32Array.from(model.forward(input)) });
  const temporary = await mkdtemp(join(tmpdir(), 'heddle-'));
  const file = join(temporary, 'model.safetensors');
  await writeFile(file, encodeSafetensors(tensors, {}));
  const script = fileURLToPath(new URL('../../benchmarks/peers.py', import.meta.url));
  const child = spawn('/usr/bin/python3', [script, file, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  for (const emitter of [child, child.stdin]) emitter.on('error', () => {}); // its output ends then
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  await rm(temporary, { recursive: true });
  if (first.done) return undefined;
  return {
    ...(JSON.parse(first.value) as { version: string; threads: number; error: number }),
    async rate(mode: 'train' | 'infer', variant: string, batch: number): Promise<number> {
      child.stdin.write(`${mode} ${variant} ${batch} ${SECONDS}\n`);
      const next = await lines.next();
      if (next.done) throw new Error(`PyTorch stopped at ${mode} ${variant}`);
      return Number(next.value);
    },
    stop: () => child.stdin.end(),
  };
}

const pytorch = await startPyTorch();
if (!pytorch) {
  console.error('PyTorch did not start or did not agree; on Debian: apt-get install python3-torch python3-numpy');
  await trainer.close();
  process.exit(1);
}
console.log(
  `heddle, Node ${process.version}, ${kernels.name} kernels, ${threads} workers; PyTorch ${pytorch.version}, ` +
    `${pytorch.threads} threads, logits within ${pytorch.error.toExponential(0)}; ${ROUNDS} rounds\n`,
);
const tests = [
  { title: 'training, batch 100', mode: 'train', batch: 100, ours: heddle.train },
  { title: 'inference, batch 100', mode: 'infer', batch: 100, ours: heddle.infer },
  { title: 'inference, one image (heddle: one thread)', mode: 'infer', batch: 1, ours: heddle.one },
] as const;
for (const { title, mode, batch, ours } of tests) {
  const rounds: { ours: number; theirs: number[] }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const own = await ours();
    const theirs: number[] = [];
    for (const variant of variants) theirs.push(await pytorch.rate(mode, variant, batch));
    rounds.push({ ours: own, theirs });
  }
  console.log(`${title}: heddle ${median(rounds.map((round) => round.ours)).toFixed(0)} images/s`);
  for (const [i, variant] of variants.entries()) {
    const theirs = median(rounds.map((round) => round.theirs[i]));
    const ratio = median(rounds.map((round) => round.ours / round.theirs[i]));
    console.log(
      `  PyTorch ${variant.padEnd(13)} ${theirs.toFixed(0).padStart(5)} images/s; heddle is ${ratio.toFixed(2)} times as fast`,
    );
  }
}
pytorch.stop();
await trainer.close();
