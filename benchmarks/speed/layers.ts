import { Bench } from 'tinybench';
import { Conv2d, type Conv2dOptions } from '../../src/layers/conv2d.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { resolveKernels } from '../../src/parallel/resolveKernels.js';
import { joinPhases, type Phase, runAlone } from '../../src/program/phase.js';

// Whole convolutions on a shard of five images, on one thread: those of the Fashion-MNIST network by Winograd's algorithm, and
// depthwise ones as MobileNetV2 and EfficientNet-B0 have them, beside im2col. What they reach are the direct convolution's
// operations over the time taken. Before anything is timed the outputs of the two are compared, to 1e-5 of the largest, and
// those of this Node's fastest kernels and of reference, to the bit.

interface Convolution {
  readonly channels: readonly [inputs: number, outputs: number];
  readonly size: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

const plain = (inputs: number, outputs: number, size: number): Convolution => ({
  channels: [inputs, outputs],
  size,
  kernel: 3,
});
const depthwise = (channels: number, size: number, kernel: number, stride: number): Convolution => ({
  channels: [channels, channels],
  size,
  kernel,
  stride,
  groups: channels,
});

const convolutions = [
  plain(64, 64, 28),
  plain(64, 128, 14),
  plain(128, 128, 14),
  depthwise(144, 56, 3, 1),
  depthwise(384, 14, 3, 1),
  depthwise(240, 28, 5, 2),
  depthwise(672, 14, 5, 1),
];
const step = { samples: 5, shards: 1, training: true, number: 0, learningRate: 0 };

function build(
  { channels: [inputs, outputs], size, kernel, stride = 1, groups = 1 }: Convolution,
  convolution: 'auto' | 'im2col',
  reference = false,
) {
  const options: Conv2dOptions = { stride, padding: (kernel - 1) / 2, groups };
  const model = new Model(new Sequential([new Conv2d(inputs, outputs, kernel, options)]), {
    inputShape: [inputs, size, size],
    batchSize: 5,
    shards: 1,
    inputGradient: true,
    kernels: reference ? 'reference' : resolveKernels('auto'),
    convolution,
  });
  for (const array of [model.input.data, model.output.gradient])
    for (let i = 0; i < array.length; i++) array[i] = Math.sin(i * i);
  runAlone(model.plan('training').prepare, step, model.scratch[0]);
  return model;
}

const run = (model: Model, phases: readonly Phase[]) => runAlone(joinPhases(phases), step, model.scratch[0]);

for (const convolution of convolutions) {
  const { channels, size, kernel, stride = 1, groups = 1 } = convolution;
  const kind = groups === 1 ? 'Conv2d' : 'depthwise';
  const title = `${kind} ${kernel}×${kernel}/${stride} ${size}×${size}, ${channels.join('→')}`;
  const models = { auto: build(convolution, 'auto'), im2col: build(convolution, 'im2col') };
  const reference = build(convolution, 'auto', true);
  for (const model of [...Object.values(models), reference]) {
    const { forward, backward } = model.plan('training');
    run(model, forward);
    run(model, backward);
  }
  for (const side of ['output', 'input'] as const) {
    const array = (model: Model) => (side === 'output' ? model.output.data : model.input.gradient);
    const [fast, slow, exact] = [array(models.auto), array(models.im2col), array(reference)];
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
      const outputs = (5 * channels[1] * size * size) / stride ** 2;
      const operations = (2 * outputs * channels[0] * kernel ** 2 * products) / groups;
      const rate = operations / (result.latency.p50 * 1e6);
      console.log(
        `${model.kernels.name}  ${title.padEnd(32)}  ${name.padEnd(8)}  ${pass.padEnd(8)}  ${rate.toFixed(0).padStart(4)} GFLOP/s effective`,
      );
    }
  }
}
