import { Bench } from 'tinybench';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { resolveKernels } from '../../src/parallel/resolveKernels.js';
import { joinShardPhases, type Phase, runAlone } from '../../src/program/phase.js';

// Whole convolutions of the network on a shard of five images, on one thread, by Winograd's algorithm and by im2col: the
// direct convolution's operations over the time taken. Before anything is timed the outputs of the two are compared, to
// 1e-5 of the largest, and those of this Node's fastest kernels and of reference, to the bit.

const shapes = [
  [64, 64, 28],
  [64, 128, 14],
  [128, 128, 14],
] as const;
const step = { samples: 5, shards: 1, training: true, number: 0, learningRate: 0 };

function build(
  [inChannels, outChannels, size]: (typeof shapes)[number],
  convolution: 'winograd' | 'im2col',
  reference = false,
) {
  const network = new Sequential([new Conv2d(inChannels, outChannels, 3, { padding: 1 })]);
  const kernels = reference ? 'reference' : resolveKernels('auto');
  const model = new Model(network, {
    inputShape: [inChannels, size, size],
    batchSize: 5,
    shards: 1,
    inputGradient: true,
    kernels,
    convolution,
  });
  for (const array of [model.input.data, model.output.gradient])
    for (let i = 0; i < array.length; i++) array[i] = Math.sin(i * i);
  runAlone(model.plan('training').prepare, step, model.scratch[0]);
  return model;
}

const run = (model: Model, phases: readonly Phase[]) => runAlone(joinShardPhases(phases), step, model.scratch[0]);

for (const shape of shapes) {
  const [inChannels, outChannels, size] = shape;
  const title = `Conv2d ${size}×${size}, ${inChannels}→${outChannels}`;
  const models = { winograd: build(shape, 'winograd'), im2col: build(shape, 'im2col') };
  const reference = build(shape, 'winograd', true);
  for (const model of [...Object.values(models), reference]) {
    const { forward, backward } = model.plan('training');
    run(model, forward);
    run(model, backward);
  }
  for (const side of ['output', 'input'] as const) {
    const array = (model: Model) => (side === 'output' ? model.output.data : model.input.gradient);
    const [fast, slow, exact] = [array(models.winograd), array(models.im2col), array(reference)];
    const largest = slow.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (!fast.every((value, i) => Math.abs(value - slow[i]) < 1e-5 * largest))
      throw new Error(`${title}: wrong ${side}`);
    if (!fast.every((value, i) => Object.is(value, exact[i]))) throw new Error(`${title}: not the reference's bits`);
  }
  for (const [name, model] of Object.entries(models)) {
    const { forward, backward } = model.plan('training');
    for (const [pass, phases, products] of [
      ['forward', forward, 1],
      ['backward', backward, 2],
    ] as const) {
      const bench = new Bench({ time: 1000, warmupTime: 500 });
      bench.add(title, () => run(model, phases));
      const [{ result }] = await bench.run();
      if (result.state !== 'completed') throw new Error(`${title} did not finish: ${result.state}`);
      const operations = 2 * 5 * size * size * inChannels * outChannels * 9 * products;
      const rate = operations / (result.latency.p50 * 1e6);
      console.log(
        `${model.kernels.name}  ${title.padEnd(24)}  ${name.padEnd(8)}  ${pass.padEnd(8)}  ${rate.toFixed(0).padStart(4)} GFLOP/s effective`,
      );
    }
  }
}
