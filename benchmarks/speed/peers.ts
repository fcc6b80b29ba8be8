import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startHeddle } from './peers/heddle.js';
import { type Peer, startPeer } from './peers/peer.js';

// heddle and its peers on the same cores, in turn within one run, so that whatever else the machine does meets all: images/s
// of the network in training and in inference, and the medians of the rounds' ratios. No peer is timed whose logits for
// heddle's weights do not agree with heddle's.

const ROUNDS = 11;
const SECONDS = 1;
/** Between turns: idle threads of a peer go on spinning for up to 0.15 s before they sleep. */
const PAUSE_MS = 250;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const programs = [
  // First: it exports the model that onnxruntime-web runs.
  { name: 'PyTorch', program: '/usr/bin/python3', script: here('../../../benchmarks/speed/peers.py') },
  { name: 'onnxruntime-web', program: process.execPath, script: here('peers/onnxruntime.js') },
  { name: 'TensorFlow.js', program: process.execPath, script: here('peers/tensorflow.js') },
];
const threadCount = (threads: number) => `${threads} thread${threads === 1 ? '' : 's'}`;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const heddle = await startHeddle();
console.log(heddle.title);
const peers: Peer[] = [];
const temporary = await mkdtemp(join(tmpdir(), 'heddle-'));
await heddle.writeModel(join(temporary, 'model.safetensors'));
for (const { name, program, script } of programs) {
  const peer = await startPeer(program, [script, temporary, String(availableParallelism())]);
  if (typeof peer === 'string') {
    console.log(`${name} is left out: ${peer}`);
    continue;
  }
  const agreement = Object.entries(peer.variants).map(([variant, error]) => `${variant} ${error.toExponential(0)}`);
  console.log(`${peer.name} ${peer.version}, ${threadCount(peer.threads)}; logits within: ${agreement.join(', ')}`);
  peers.push(peer);
}
await rm(temporary, { recursive: true });
console.log(`${ROUNDS} rounds, turns of ${SECONDS} s`);

const tests = [
  { title: 'training, batch 100', mode: 'train', batch: 100, own: heddle.train },
  { title: 'inference, batch 100', mode: 'infer', batch: 100, own: heddle.infer },
  { title: 'inference, one image (heddle: one thread)', mode: 'infer', batch: 1, own: heddle.one },
] as const;
for (const { title, mode, batch, own } of tests) {
  const turns = peers
    .filter(({ modes }) => modes.includes(mode))
    .flatMap((peer) =>
      Object.keys(peer.variants).map((variant) => ({
        title: `${peer.name} ${peer.version}, ${variant}, ${threadCount(peer.threads)}`,
        rate: () => peer.rate(mode, variant, batch, SECONDS),
      })),
    );
  const rounds: { own: number; theirs: number[] }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const rates: number[] = [];
    for (const rate of [() => own(SECONDS), ...turns.map((turn) => turn.rate)]) {
      await setTimeout(PAUSE_MS);
      rates.push(await rate());
    }
    rounds.push({ own: rates[0], theirs: rates.slice(1) });
  }
  console.log(`\n${title}: heddle ${median(rounds.map((round) => round.own)).toFixed(0)} images/s`);
  for (const [i, turn] of turns.entries()) {
    const theirs = median(rounds.map((round) => round.theirs[i]));
    const ratio = median(rounds.map((round) => round.own / round.theirs[i]));
    console.log(
      `  ${turn.title.padEnd(46)} ${theirs.toFixed(0).padStart(5)} images/s; heddle is ${ratio.toFixed(2)} times as fast`,
    );
  }
}
for (const peer of peers) peer.stop();
await heddle.close();
