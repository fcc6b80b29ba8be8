import { describe, expect, it } from '@jest/globals';
import { batches } from '../../src/data/batches.js';
import { checkDataset, type Dataset, type WantedTargets } from '../../src/data/dataset.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { thrown } from '../support/thrown.js';

const classNumber: WantedTargets = { of: 'classes', shape: [], classes: 3 };

describe('a data set that does not fit a network and its loss is refused:', () => {
  it.each<[string, Dataset, Partial<WantedTargets>, string]>([
    [
      'features for images',
      tensorDataset([[1, 2]], [0]),
      {},
      "the data set's inputs have shape [2], the model wants [1, 1, 2]",
    ],
    [
      'a class that is not there, in the second sample',
      tensorDataset(
        [[[1, 2]], [[1, 2]]],
        [
          [0, 1],
          [3, 0],
        ],
      ),
      { shape: [2] },
      'the target of sample 1 of the data set is 3; the model has classes 0 to 2',
    ],
    [
      'a negative class beside the ignored one',
      tensorDataset([[[1, 2]], [[1, 2]]], [-100, -1]),
      { ignoreIndex: -100 },
      'the target of sample 1 of the data set is -1; the model has classes 0 to 2, and -100 is ignored',
    ],
    [
      'a class number that PyTorch ignores',
      tensorDataset([[[1, 2]], [[1, 2]]], [0, -100]),
      {},
      'the target of sample 1 of the data set is -100; the model has classes 0 to 2; ' +
        'new CrossEntropyLoss({ ignoreIndex: -100 }) leaves such targets out',
    ],
    [
      'a class of the image for those of its pixels',
      tensorDataset([[[1, 2]]], [1]),
      { shape: [1, 2] },
      'each target of the data set is a class number, the loss wants class numbers of shape [1, 2]; ' +
        'end a network for one class a sample with Flatten and Linear, or ' +
        "give tensorDataset targets of shape [N, 1, 2] and { targets: 'classes' }",
    ],
    [
      'floats for a class number',
      tensorDataset([[[1, 2]]], Float32Array.of(1)),
      {},
      "each target of the data set is a float, the loss wants a class number; give tensorDataset targets of shape [N] and { targets: 'classes' }",
    ],
    [
      'a class number for floats',
      tensorDataset([[[1, 2]]], [1]),
      { of: 'floats', shape: [1] },
      "each target of the data set is a class number, the loss wants floats of shape [1]; give tensorDataset targets of shape [N, 1] and { targets: 'floats' }",
    ],
    [
      'floats of another shape',
      tensorDataset([[[1, 2]]], [0.5]),
      { of: 'floats', shape: [1] },
      "each target of the data set is a float, the loss wants floats of shape [1]; give tensorDataset targets of shape [N, 1] and { targets: 'floats' }",
    ],
    [
      'classes of pixels for one of the image',
      tensorDataset([[[1, 2]]], [[[0, 1]]]),
      {},
      "each target of the data set is class numbers of shape [1, 2], the loss wants a class number; give tensorDataset targets of shape [N] and { targets: 'classes' }",
    ],
  ])('%s', (_, dataset, wanted, message) => {
    expect(thrown(() => checkDataset(dataset, [1, 1, 2], { ...classNumber, ...wanted }))).toBe(`SHAPE: ${message}`);
  });

  it('and one that fits is not: the ignored class number besides those of the classes', () => {
    const dataset = tensorDataset([[[1, 2]], [[1, 2]]], [-100, 2]);
    expect(() => checkDataset(dataset, [1, 1, 2], { ...classNumber, ignoreIndex: -100 })).not.toThrow();
  });
});

it.each([
  [
    'targets',
    { targets: BigInt64Array.of(0n) as never },
    'Uint8Array or Int32Array or Float32Array, found BigInt64Array',
  ],
  ['inputs', { inputs: new Float64Array(2) as never }, 'Uint8Array or Float32Array, found Float64Array'],
])('a data set of one’s own making with other %s is refused, with what makes a right one', (name, other, message) => {
  const dataset = { ...tensorDataset([[[1, 2]]], [0]), ...other };
  const expected = `ARGUMENT: the data set's ${name}: expected ${message}. Make the data set with tensorDataset(inputs, targets)`;
  expect(thrown(() => batches(dataset, { batchSize: 1 }))).toContain(expected);
  expect(thrown(() => checkDataset(dataset, [1, 1, 2], classNumber))).toContain(expected);
});

it('a data set without its shapes is refused, as one with too few numbers', () => {
  const dataset = tensorDataset([[[1, 2]]], [0]);
  expect(thrown(() => batches({ ...dataset, shape: undefined as never }, { batchSize: 1 }))).toContain(
    'ARGUMENT: the data set lacks its shape or targetShape. Make the data set with tensorDataset(inputs, targets)',
  );
  expect(thrown(() => batches({ ...dataset, targetShape: [2] }, { batchSize: 1 }))).toContain(
    "SHAPE: the data set's inputs are 2 numbers and its targets 1; 1 samples of shapes [1, 1, 2] and [2] want 2 and 2",
  );
});
