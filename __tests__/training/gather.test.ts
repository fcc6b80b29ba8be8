import { describe, expect, it } from '@jest/globals';
import { noAugmentation } from '../../src/data/augmentation.js';
import type { Dataset } from '../../src/data/dataset.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import type { Module } from '../../src/graph/module.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import type { Loss, TargetKind } from '../../src/losses/loss.js';
import { registerLoss } from '../../src/losses/registry.js';
import { Sequential } from '../../src/network/sequential.js';
import { type Phase, perShard } from '../../src/program/phase.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';
import { makePrograms, runProgram } from '../support/programs.js';
import { thrown } from '../support/thrown.js';

/** A loss that wants any targets and does nothing with them. */
class Wanting implements Loss {
  readonly type = 'Wanting';
  readonly kind: TargetKind;

  constructor({ kind }: { readonly kind: TargetKind }) {
    this.kind = kind;
  }

  targetsOf(): TargetKind {
    return this.kind;
  }

  plan(): Phase {
    return perShard(() => {});
  }
}
registerLoss('Wanting', Wanting);

const programsOf = (network: Module, dataset: Dataset, kind: TargetKind, options: Partial<RunConfig> = {}) =>
  makePrograms(network, dataset, { loss: { type: 'Wanting', kind }, ...options });

const pixels = () => new Sequential([new Conv2d(1, 2, 1)]);
const answer = () => new Sequential([new Flatten(), new Linear(6, 2)]);

/** Three images of 2×3, and targets of a shape, numbered through. */
function numbered(targetShape: readonly number[], of: TargetKind['of']): Dataset {
  const size = targetShape.reduce((product, length) => product * length, 3);
  const targets = { data: Array.from({ length: size }, (_, i) => i), shape: [3, ...targetShape] };
  return tensorDataset({ data: new Uint8Array(18), shape: [3, 2, 3] }, targets, { targets: of });
}

describe('the targets that a loss gets of samples 2 and 0', () => {
  it.each<[string, TargetKind['of'], number[], number[]]>([
    ['class numbers', 'classes', [], [2, 0]],
    ['floats', 'floats', [], [2, 0]],
    ['rows of floats', 'floats', [2], [4, 5, 0, 1]],
    ['classes of pixels, row by row', 'classes', [2, 3], [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]],
    [
      'images of two channels, with a pixel’s channels together',
      'floats',
      [2, 2, 3],
      [24, 30, 25, 31, 26, 32, 27, 33, 28, 34, 29, 35, 0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11],
    ],
    ['classes of three axes, in their order', 'classes', [2, 2, 1], [8, 9, 10, 11, 0, 1, 2, 3]],
  ])('%s', (_, of, shape, expected) => {
    const dataset = numbered(shape, of);
    const programs = programsOf(pixels(), dataset, { of, shape });
    for (const shards of [1, 2]) {
      programs.batch.targets.fill(-1);
      runProgram(programs, 'train', dataset, [2, 0], { shards });
      expect([...programs.batch.targets.subarray(0, expected.length)]).toEqual(expected);
    }
  });
});

describe('augmentation, testTimeFlip and testTimeShift change inputs alone, and are refused', () => {
  const augmentation = { ...noAugmentation, horizontalFlip: 0.5 };
  it.each<[string, Module, number[], string]>([
    ['for targets that are images', answer(), [2, 3], 'targets of shape [2, 3]'],
    ['for outputs that are images', pixels(), [], 'outputs of shape [2, 2, 3]'],
  ])('%s', (_, network, shape, found) => {
    const make = (options: Partial<RunConfig>) =>
      thrown(() => programsOf(network, numbered(shape, 'classes'), { of: 'classes', shape }, options));
    const message = `is for images with one answer each; found ${found}. Leave it away`;
    expect(make({ augmentation })).toBe(`ARGUMENT: augmentation ${message}`);
    expect(make({ testTimeFlip: true })).toBe(`ARGUMENT: testTimeFlip ${message}`);
    expect(make({ testTimeShift: 1 })).toBe(`ARGUMENT: testTimeShift ${message}`);
  });
});

it('mixup is refused for a loss of classes that cannot mix them, and taken for one of floats', () => {
  const programs = (of: TargetKind['of']) =>
    programsOf(answer(), numbered([], of), { of, shape: [] }, { augmentation: { ...noAugmentation, mixup: 0.2 } });
  expect(thrown(() => programs('classes'))).toBe(
    'ARGUMENT: mixup of classes wants a CrossEntropyLoss; found a loss of type Wanting. Leave it away',
  );
  expect(programs('floats').targets.of).toBe('floats');
});
