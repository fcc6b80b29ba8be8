import { describe, expect, it } from '@jest/globals';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Flatten } from '../../src/layers/flatten.js';
import type { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

const model = new Model(fashionNet(), { inputShape: fashionNetInput, batchSize: 1, shards: 1 });

const conv = (channels: number, outChannels: number) =>
  `Conv2d(${channels}, ${outChannels}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))`;
const norm = (channels: number) =>
  `BatchNorm2d(${channels}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)`;
const pool = 'MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)';
const dropout = 'Dropout(p=0.1, inplace=False)';

// The original's listing: block, index, layer as PyTorch prints it, output shape, parameters.
const listing: [string, number, string, number[], string][] = [
  ['block1', 0, conv(1, 64), [64, 28, 28], '640'],
  ['block1', 1, 'ReLU()', [64, 28, 28], ''],
  ['block1', 2, norm(64), [64, 28, 28], '128'],
  ['block1', 3, conv(64, 64), [64, 28, 28], '36,928'],
  ['block1', 4, 'ReLU()', [64, 28, 28], ''],
  ['block1', 5, norm(64), [64, 28, 28], '128'],
  ['block1', 6, pool, [64, 14, 14], ''],
  ['block1', 7, dropout, [64, 14, 14], ''],
  ['block2', 0, conv(64, 128), [128, 14, 14], '73,856'],
  ['block2', 1, 'ReLU()', [128, 14, 14], ''],
  ['block2', 2, dropout, [128, 14, 14], ''],
  ['block2', 3, norm(128), [128, 14, 14], '256'],
  ['block2', 4, conv(128, 128), [128, 14, 14], '147,584'],
  ['block2', 5, 'ReLU()', [128, 14, 14], ''],
  ['block2', 6, norm(128), [128, 14, 14], '256'],
  ['block2', 7, pool, [128, 7, 7], ''],
  ['block2', 8, dropout, [128, 7, 7], ''],
  ['classifier', 0, 'Flatten(start_dim=1, end_dim=-1)', [6272], ''],
  ['classifier', 1, 'Linear(in_features=6272, out_features=640, bias=True)', [640], '4,014,720'],
  ['classifier', 2, 'ReLU()', [640], ''],
  ['classifier', 3, 'Linear(in_features=640, out_features=10, bias=True)', [10], '6,410'],
];

// PyTorch's state_dict() of the same network: names, order and shapes.
const normTensors = (name: string, channels: number): [string, number[]][] => [
  [`${name}.weight`, [channels]],
  [`${name}.bias`, [channels]],
  [`${name}.running_mean`, [channels]],
  [`${name}.running_var`, [channels]],
  [`${name}.num_batches_tracked`, []],
];
const stateShapes: [string, number[]][] = [
  ['block1.0.weight', [64, 1, 3, 3]],
  ['block1.0.bias', [64]],
  ...normTensors('block1.2', 64),
  ['block1.3.weight', [64, 64, 3, 3]],
  ['block1.3.bias', [64]],
  ...normTensors('block1.5', 64),
  ['block2.0.weight', [128, 64, 3, 3]],
  ['block2.0.bias', [128]],
  ...normTensors('block2.3', 128),
  ['block2.4.weight', [128, 128, 3, 3]],
  ['block2.4.bias', [128]],
  ...normTensors('block2.6', 128),
  ['classifier.1.weight', [640, 6272]],
  ['classifier.1.bias', [640]],
  ['classifier.3.weight', [10, 640]],
  ['classifier.3.bias', [10]],
];

describe('the specified network', () => {
  it('has 4,280,906 parameters', () => {
    expect(model.parameters.reduce((sum, { data }) => sum + data.length, 0)).toBe(4_280_906);
  });

  it('has PyTorch’s state_dict: its names in its order, its shapes', () => {
    expect([...model.stateDict()].map(([name, { shape }]) => [name, [...shape]])).toEqual(stateShapes);
  });

  it('has gradients under the names and in the shapes of its parameters', () => {
    const parameters = stateShapes.filter(([name]) => /(weight|bias)$/.test(name));
    expect([...model.gradients()].map(([name, { shape }]) => [name, [...shape]])).toEqual(parameters);
  });

  it('gives 10 numbers for 28×28 pixels', () => {
    expect(forward(model.eval(), new Float32Array(784)).length).toBe(10);
  });

  it('has a summary that lists each layer as PyTorch does, with output shape and parameters, and the total', () => {
    // In the order of the listing, each layer between the lines of its block; what does not begin with a bracket goes on
    // with the text of the line before.
    const lines: string[] = [];
    for (const line of model.summary().split('\n')) {
      const [text, ...cells] = line.trim().split(/ {2,}/);
      const [before, ...rest] = /^(Sequential)?[()]/.test(text) ? [] : (lines.pop()?.split(' | ') ?? []);
      lines.push([before === undefined ? text : `${before} ${text}`, ...rest, ...cells].join(' | '));
    }
    const blockLines = (block: string) =>
      listing
        .filter(([of]) => of === block)
        .map(([, index, layer, shape, parameters]) =>
          [`(${index}): ${layer}`, `[${shape.join(', ')}]`, parameters].filter((cell) => cell !== '').join(' | '),
        );
    expect(lines).toEqual([
      expect.stringMatching(/^Sequential\(/),
      ...['block1', 'block2', 'classifier'].flatMap((block) => [`(${block}): Sequential(`, ...blockLines(block), ')']),
      expect.stringMatching(/^\) \| 4,280,906$/),
    ]);
  });
});

// Printed by PyTorch 1.13.
describe('a layer’s description is PyTorch’s', () => {
  it.each<[string, Layer]>([
    [
      'Conv2d(3, 8, kernel_size=(3, 5), stride=(2, 1), padding=(0, 2), bias=False)',
      new Conv2d(3, 8, [3, 5], { stride: [2, 1], padding: [0, 2], bias: false }),
    ],
    ['Conv2d(4, 6, kernel_size=(1, 1), stride=(1, 1))', new Conv2d(4, 6, 1)],
    [
      'BatchNorm2d(3, eps=0.001, momentum=0.01, affine=True, track_running_stats=True)',
      new BatchNorm2d(3, { eps: 1e-3, momentum: 0.01 }),
    ],
    [
      'BatchNorm2d(3, eps=0.0001, momentum=0.1, affine=True, track_running_stats=True)',
      new BatchNorm2d(3, { eps: 1e-4 }),
    ],
    [
      'BatchNorm2d(3, eps=2.5e-07, momentum=0.1, affine=True, track_running_stats=True)',
      new BatchNorm2d(3, { eps: 2.5e-7 }),
    ],
    [
      'BatchNorm2d(3, eps=1e-12, momentum=0.1, affine=True, track_running_stats=True)',
      new BatchNorm2d(3, { eps: 1e-12 }),
    ],
    ['MaxPool2d(kernel_size=3, stride=3, padding=0, dilation=1, ceil_mode=False)', new MaxPool2d(3)],
    [
      'MaxPool2d(kernel_size=(2, 3), stride=(1, 2), padding=0, dilation=1, ceil_mode=False)',
      new MaxPool2d([2, 3], { stride: [1, 2] }),
    ],
    [
      'MaxPool2d(kernel_size=2, stride=(2, 1), padding=0, dilation=1, ceil_mode=False)',
      new MaxPool2d(2, { stride: [2, 1] }),
    ],
    ['Dropout(p=0.5, inplace=False)', new Dropout()],
    ['ReLU()', new ReLU()],
    ['Flatten(start_dim=1, end_dim=-1)', new Flatten()],
    ['Linear(in_features=3, out_features=2, bias=False)', new Linear(3, 2, { bias: false })],
  ])('%s', (description, layer) => {
    expect(layer.describe()).toBe(description);
  });
});

it.each([
  ['kernels', 'fast', 'auto, wide, simd, relaxed, reference'],
  ['convolution', 'fft', 'auto, winograd, im2col'],
])('a Model refuses %s it does not know with ARGUMENT, naming those there are', (name, value, choices) => {
  const options = { inputShape: [4], batchSize: 1, [name]: value as never };
  expect(thrown(() => new Model(new Sequential([new Linear(4, 2)]), options))).toBe(
    `ARGUMENT: ${name} must be one of ${choices}, not '${value}'`,
  );
});

it('a Sequential refuses what is no layer with ARGUMENT, naming the child', () => {
  expect(thrown(() => new Sequential([new Linear(4, 2), 3 as never]))).toMatch(
    /^ARGUMENT: child '1': expected a layer/,
  );
});
