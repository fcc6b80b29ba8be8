import { describe, expect, it } from '@jest/globals';
import { noAugmentation } from '../../src/data/augmentation.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { CrossEntropyLoss } from '../../src/losses/crossEntropyLoss.js';
import { MSELoss } from '../../src/losses/mseLoss.js';
import { lossConfig } from '../../src/losses/registry.js';
import { Sequential } from '../../src/network/sequential.js';
import { optimizerConfig } from '../../src/optimizers/registry.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { rowMajor, type TensorView } from '../../src/tensor/view.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';
import { formulaValues, formulaWeights } from '../support/formula.js';
import { readJson, relativeError } from '../support/golden.js';
import { makePrograms, runProgram } from '../support/programs.js';
import { thrown } from '../support/thrown.js';

interface Golden {
  readonly share: number;
  readonly labelSmoothing: number;
  readonly floatTargets: boolean;
  readonly targets: readonly (readonly number[])[];
  readonly loss: number;
  readonly after: Readonly<Record<string, readonly number[]>>;
}

const pytorch: { seed: number; mixup: readonly Golden[] } = readJson('augmentation.json');
const SAMPLES = 5;
const inputs = {
  data: Uint8Array.from(formulaValues(pytorch.seed, 8100, SAMPLES * 24), (value) => Math.floor((value + 1) * 128)),
  shape: [SAMPLES, 2, 3, 4],
};
const classes = [2, 0, 0, 1, 2];
const floats = { data: formulaValues(pytorch.seed, 8101, SAMPLES * 3), shape: [SAMPLES, 3] };
const ofClasses = tensorDataset(inputs, classes);
const ofFloats = tensorDataset(inputs, floats, { targets: 'floats' });

const programsOf = (options: Partial<RunConfig>) =>
  makePrograms(new Sequential([new Flatten(), new Linear(24, 3)]), ofClasses, {
    seed: pytorch.seed,
    batchSize: 8,
    optimizer: optimizerConfig(new SGD({ learningRate: 1 })),
    augmentation: { ...noAugmentation, mixup: 0.4 },
    ...options,
  });

const sumOf = (numbers: Float64Array) => numbers.subarray(0, SAMPLES).reduce((sum, number) => sum + number, 0);

describe('a step with MixUp of five samples', () => {
  it.each(
    pytorch.mixup.flatMap((golden) =>
      (['simd', 'reference'] as const).flatMap((kernels) =>
        [1, 2, 5].map((shards) => ({ ...golden, kernels, shards })),
      ),
    ),
  )(
    'with label smoothing $labelSmoothing, float targets $floatTargets, $kernels kernels and $shards shards has PyTorch’s loss and weights to 1e-6',
    ({ labelSmoothing, floatTargets, kernels, shards, targets, loss, after }) => {
      const criterion = floatTargets ? new MSELoss() : new CrossEntropyLoss({ labelSmoothing });
      const programs = programsOf({ kernels, loss: lossConfig(criterion) });
      programs.model.loadStateDict(formulaWeights(programs.model, pytorch.seed));
      runProgram(programs, 'train', floatTargets ? ofFloats : ofClasses, [0, 1, 2, 3, 4], { shards });
      const { losses } = programs.batch;
      expect(Math.abs(sumOf(losses) / SAMPLES / loss - 1)).toBeLessThan(1e-6);
      const state = programs.model.stateDict();
      for (const [name, expected] of Object.entries(after))
        expect(relativeError(rowMajor(state.get(`1.${name}`) as TensorView) as Float32Array, expected)).toBeLessThan(
          1e-6,
        );
      const found = programs.batch.targets.subarray(0, floatTargets ? 15 : 5);
      // Metrics go by the own class.
      if (floatTargets) expect(relativeError(found, targets.flat())).toBeLessThan(1e-6);
      else expect([...found]).toEqual(classes);
    },
  );

  it('evaluates nothing that is mixed', () => {
    const [mixed, plain] = [programsOf({}), programsOf({ augmentation: noAugmentation })];
    for (const programs of [mixed, plain]) runProgram(programs, 'evaluate', ofClasses, [0, 1, 2, 3, 4], { shards: 5 });
    expect([...mixed.batch.losses]).toEqual([...plain.batch.losses]);
  });

  it('draws another share in another step and in another batch of a step', () => {
    const inputOf = (number: number, batch?: { index: number; count: number }) => {
      const programs = programsOf({});
      runProgram(programs, 'train', ofClasses, [0, 1, 2, 3, 4], { number, batch });
      return String(programs.model.plan('training').input.data);
    };
    const found = [inputOf(0), inputOf(1), inputOf(0, { index: 1, count: 2 })];
    expect(new Set(found).size).toBe(3);
  });
});

it.each<[string, object]>([
  ['weight', { weight: [1, 2, 3] }],
  ['ignoreIndex', { ignoreIndex: 2 }],
])('with a CrossEntropyLoss with %s it is refused', (name, options) => {
  expect(thrown(() => programsOf({ loss: lossConfig(new CrossEntropyLoss(options)) }))).toBe(
    `ARGUMENT: mixup wants a CrossEntropyLoss without ${name}; leave one of the two away`,
  );
});
