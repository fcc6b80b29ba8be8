import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { BCEWithLogitsLoss } from '../../src/losses/bceWithLogitsLoss.js';
import { CrossEntropyLoss } from '../../src/losses/crossEntropyLoss.js';
import { L1Loss } from '../../src/losses/l1Loss.js';
import { MSELoss } from '../../src/losses/mseLoss.js';
import { createLoss, lossConfig } from '../../src/losses/registry.js';
import { SmoothL1Loss } from '../../src/losses/smoothL1Loss.js';
import { type Shape, sizeOf } from '../../src/tensor/shape.js';
import { rowMajor } from '../../src/tensor/view.js';
import { formulaValues } from '../support/formula.js';
import { readJson } from '../support/golden.js';
import { meanLoss, runLoss } from '../support/losses.js';
import { thrown } from '../support/thrown.js';

interface GoldenLoss {
  readonly loss: 'BCEWithLogitsLoss' | 'CrossEntropyLoss' | 'L1Loss' | 'MSELoss' | 'SmoothL1Loss';
  readonly options: object;
  readonly shape: Shape;
  readonly bound: number;
  readonly soft?: boolean;
  readonly targets?: readonly number[];
  readonly value: number;
  readonly gradient: readonly number[];
}

const { seed, cases }: { seed: number; cases: readonly GoldenLoss[] } = readJson('losses.json');

/** Float targets by the formula at the head of losses_reference.py. */
function floatTargets({ loss, shape, soft }: GoldenLoss, i: number): readonly number[] {
  const floats = [...formulaValues(seed, 7100 + i, sizeOf(shape), 2)];
  if (loss !== 'BCEWithLogitsLoss') return floats;
  return floats.map((value) => (soft ? Math.fround(value + 2) / 4 : Number(value > 0)));
}

const criteria = { BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, SmoothL1Loss };

const golden = cases.map((one, i) => ({
  title: `${one.loss} ${JSON.stringify(one.options)} of [${one.shape}], outputs to ${one.bound}`,
  shape: one.shape,
  criterion: Reflect.construct(criteria[one.loss], Object.keys(one.options).length > 0 ? [one.options] : []),
  outputs: formulaValues(seed, 7000 + i, sizeOf(one.shape), one.bound),
  targets: one.targets ?? floatTargets(one, i),
  pytorch: { value: one.value, gradient: one.gradient },
}));

/** How far a gradient is off, beyond one rounding of its own, as a share of the largest. */
function beyondRounding(found: ArrayLike<number>, exact: readonly number[]): number {
  const largest = Math.max(...exact.map(Math.abs), 2 ** -100);
  const excess = exact.map((value, i) => (Math.abs(found[i] - value) - Math.abs(value) * 2 ** -24) / largest);
  return excess.some(Number.isNaN) ? Number.NaN : Math.max(...excess);
}

/** Of a float64 sum of at most 180 terms of one sign, each of a few roundings. */
const LOSS_ERROR = 200 * 2 ** -53;
/** The golden gradients have 12 digits. */
const GRADIENT_ERROR = 1e-12;

describe('against PyTorch in float64', () => {
  it.each(golden)(
    '$title: the loss within 200·2⁻⁵³, each gradient within one rounding and 1e-12 of the largest, for 1 and 3 shards, in both kernel sets and in forward',
    ({ criterion, shape, outputs, targets, pytorch }) => {
      const [run, ...others] = (['simd', 'reference'] as const).flatMap((kernels) =>
        [1, 3].map((shards) =>
          runLoss(criterion, shape, outputs, targets, { kernels, shards: Math.min(shards, shape[0]) }),
        ),
      );
      for (const other of others) expect(other).toEqual(run);
      expect(Math.abs(meanLoss(run) - pytorch.value)).toBeLessThanOrEqual(LOSS_ERROR * pytorch.value);
      expect(beyondRounding(run.gradient, pytorch.gradient)).toBeLessThanOrEqual(GRADIENT_ERROR);
      const wanted = {
        shape: [shape[0], ...shape.slice(criterion instanceof CrossEntropyLoss ? 2 : 1)],
        data: targets,
      };
      const { loss, gradient } = criterion.forward({ shape, data: outputs }, wanted);
      expect([loss, gradient.shape]).toEqual([meanLoss(run), [...shape]]);
      expect(rowMajor(gradient)).toEqual(run.gradient);
    },
  );
});

describe('hostile outputs', () => {
  const bce = (output: number, target: number, posWeight = 1) => {
    const { loss, gradient } = new BCEWithLogitsLoss({ posWeight: [posWeight] }).forward([[output]], [[target]]);
    return [loss, gradient.data[0]];
  };

  it('BCEWithLogitsLoss is exact at ±1e4, also where the loss is next to nothing: log1p(e⁻¹⁰⁰) within 8·2⁻⁵³', () => {
    expect(bce(1e4, 0)).toEqual([1e4, 1]);
    expect(bce(-1e4, 1, 3)).toEqual([3e4, -3]);
    expect(bce(1e4, 1)).toEqual([0, 0]);
    expect(bce(-1e4, 0)).toEqual([0, 0]);
    const [loss, gradient] = bce(100, 1);
    expect(Math.abs(loss / Math.log1p(Math.exp(-100)) - 1)).toBeLessThanOrEqual(8 * 2 ** -53);
    expect(gradient).toBe(-Math.fround(Math.exp(-100)));
  });

  it('CrossEntropyLoss with weights at ±1e4 and at equal logits: 2e4 and ln 3, a gradient of rows that sum to 0', () => {
    const weight = [1, 2, 5];
    const { losses, weights, gradient } = runLoss(
      new CrossEntropyLoss({ weight }),
      [2, 3],
      [1e4, -1e4, -1e4, 7, 7, 7],
      [1, 2],
    );
    expect([...weights]).toEqual([2, 5]);
    expect(losses[0]).toBe(2 * 2e4);
    expect(Math.abs(losses[1] / (5 * Math.log(3)) - 1)).toBeLessThanOrEqual(8 * 2 ** -53);
    expect([...gradient]).toEqual([2 / 7, -2 / 7, 0, 5 / 21, 5 / 21, -10 / 21].map(Math.fround));
  });

  it.each([new MSELoss(), new L1Loss(), new SmoothL1Loss(), new BCEWithLogitsLoss()])(
    '%j gives NaN for a NaN, which ends a training as DIVERGED',
    (criterion) => {
      expect(criterion.forward([[1, Number.NaN]], [[1, 1]]).loss).toBeNaN();
    },
  );

  it.each([new CrossEntropyLoss(), new CrossEntropyLoss({ weight: [1, 2] })])('%j gives NaN for a NaN', (criterion) => {
    expect(criterion.forward([[1, Number.NaN]], [1]).loss).toBeNaN();
    expect(criterion.forward([[Number.NaN, 1]], [1]).loss).toBeNaN();
  });

  it('CrossEntropyLoss of one class is 0, with a gradient of 0', () => {
    const { loss, gradient } = new CrossEntropyLoss({ weight: [3] }).forward([[5], [-5]], [0, 0]);
    expect([loss, ...gradient.data]).toEqual([0, 0, 0]);
  });
});

describe('CrossEntropyLoss where nothing counts', () => {
  it('is NaN as in PyTorch, with a gradient of 0, which moves nothing', () => {
    const { loss, gradient } = new CrossEntropyLoss({ ignoreIndex: -100 }).forward(
      [
        [1, 2],
        [3, 4],
      ],
      [-100, -100],
    );
    expect(loss).toBeNaN();
    expect([...gradient.data]).toEqual([0, 0, 0, 0]);
  });

  it('has a gradient of 0 too where all classes of the batch weigh 0', () => {
    const { gradient } = new CrossEntropyLoss({ weight: [0, 1] }).forward([[1, 2]], [0]);
    expect([...gradient.data]).toEqual([0, 0]);
  });

  it('leaves the samples beside it as they are by themselves, to the bit', () => {
    const criterion = new CrossEntropyLoss({ ignoreIndex: 255 });
    const outputs = formulaValues(1, 1, 12, 5);
    const whole = runLoss(criterion, [4, 3], outputs, [0, 255, 2, 255]);
    const alone = runLoss(criterion, [2, 3], [...outputs.slice(0, 3), ...outputs.slice(6, 9)], [0, 2]);
    expect([...whole.losses]).toEqual([alone.losses[0], 0, alone.losses[1], 0]);
    expect([...whole.gradient.slice(0, 3), ...whole.gradient.slice(6, 9)]).toEqual([...alone.gradient]);
    expect([...whole.weights]).toEqual([1, 0, 1, 0]);
  });
});

it('in evaluation CrossEntropyLoss has its weights and no label smoothing', () => {
  const [shape, outputs, targets] = [[3, 4], formulaValues(1, 2, 12, 3), [1, 0, 3]] as const;
  const weight = [1, 2, 3, 4];
  const smoothed = new CrossEntropyLoss({ weight, labelSmoothing: 0.2 });
  const evaluated = runLoss(smoothed, shape, outputs, targets, { training: false });
  expect(evaluated).toEqual(runLoss(new CrossEntropyLoss({ weight }), shape, outputs, targets));
  expect(evaluated).not.toEqual(runLoss(smoothed, shape, outputs, targets));
});

it('gradients are those of the loss: central differences of forward within 1e-6 of the largest', () => {
  const outputs = [...formulaValues(1, 3, 24, 1)];
  const h = 2 ** -10;
  const losses = [
    { criterion: new CrossEntropyLoss({ weight: [1, 2, 3], ignoreIndex: 9, labelSmoothing: 0.1 }), classes: true },
    { criterion: new BCEWithLogitsLoss({ weight: [1, 2, 3], posWeight: [4, 5, 6] }), classes: false },
    { criterion: new MSELoss(), classes: false },
    { criterion: new SmoothL1Loss({ beta: 4 }), classes: false },
  ];
  for (const { criterion, classes } of losses) {
    const targets = classes
      ? { shape: [2, 2, 2], data: [0, 1, 2, 9, 1, 1, 0, 2] }
      : { shape: [2, 3, 2, 2], data: formulaValues(1, 4, 24, 1).map((value) => (value + 1) / 2) };
    const at = (data: readonly number[]) => criterion.forward(ndarray(Float64Array.from(data), [2, 3, 2, 2]), targets);
    const gradient = rowMajor(at(outputs).gradient);
    const largest = Math.max(...gradient.map(Math.abs));
    const numeric = outputs.map((value, i) => {
      const [up, down] = [value + h, value - h].map((moved) => Math.fround(moved));
      return (at(outputs.with(i, up)).loss - at(outputs.with(i, down)).loss) / (up - down);
    });
    for (const [i, value] of numeric.entries()) expect(Math.abs(value - gradient[i]) / largest).toBeLessThan(1e-6);
  }
});

describe('a loss as plain values', () => {
  it.each([
    [new CrossEntropyLoss(), '{"type":"CrossEntropyLoss","labelSmoothing":0}'],
    [
      new CrossEntropyLoss({ weight: Float32Array.of(1, 2), ignoreIndex: -100 }),
      '{"type":"CrossEntropyLoss","labelSmoothing":0,"weight":[1,2],"ignoreIndex":-100}',
    ],
    [new BCEWithLogitsLoss(), '{"type":"BCEWithLogitsLoss"}'],
    [new BCEWithLogitsLoss({ posWeight: [1, 2] }), '{"type":"BCEWithLogitsLoss","posWeight":[1,2]}'],
    [new MSELoss(), '{"type":"MSELoss"}'],
    [new L1Loss(), '{"type":"L1Loss"}'],
    [new SmoothL1Loss(), '{"type":"SmoothL1Loss","beta":1}'],
  ])('%j has the options that it was given, and is made of them again', (criterion, text) => {
    expect(JSON.stringify(lossConfig(criterion))).toBe(text);
    expect(createLoss(JSON.parse(text))).toEqual(criterion);
  });
});

describe('refuses', () => {
  const images = formulaValues(1, 5, 24);
  it.each<[string, () => unknown, string]>([
    [
      'two weights for three classes',
      () => new CrossEntropyLoss({ weight: [1, 2] }).forward([[1, 2, 3]], [0]),
      'SHAPE: CrossEntropyLoss weight has 2 numbers for an output of shape [3]; expected 3',
    ],
    [
      'a weight below 0',
      () => new CrossEntropyLoss({ weight: [1, -2] }),
      'ARGUMENT: CrossEntropyLoss weight[1] must be a number of 0 or more, not -2',
    ],
    [
      'a weight that is a number',
      () => new CrossEntropyLoss({ weight: 3 as never }),
      'SHAPE: CrossEntropyLoss weight: expected a list, a typed array or a tensor of one axis, found 3',
    ],
    [
      'weights by the names of classes',
      () => new CrossEntropyLoss({ weight: { cat: 1, dog: 2 } as never }),
      "SHAPE: CrossEntropyLoss weight: expected a list, a typed array or a tensor of one axis, found an object of 'cat, dog'",
    ],
    [
      'half an ignoreIndex',
      () => new CrossEntropyLoss({ ignoreIndex: 0.5 }),
      'ARGUMENT: CrossEntropyLoss ignoreIndex must be a whole number from',
    ],
    [
      'a target that is no class',
      () => new CrossEntropyLoss({ ignoreIndex: -1 }).forward([[1, 2]], [2]),
      'SHAPE: target 0 is 2; expected a class number from 0 to 1, and -1 is ignored',
    ],
    [
      'targets of other pixels',
      () =>
        new CrossEntropyLoss().forward({ shape: [2, 3, 2, 2], data: images }, { shape: [2, 2, 1], data: [0, 1, 2, 0] }),
      'SHAPE: the targets tensor has shape [2, 2, 1]; expected [2, 2, 2]',
    ],
    [
      'outputs of two axes',
      () => new CrossEntropyLoss().forward({ shape: [2, 3, 4], data: images }, [0, 0]),
      'SHAPE: CrossEntropyLoss got an output of shape [3, 4], wants [classes], or [classes, height, width]',
    ],
    [
      'no samples',
      () => new MSELoss().forward({ shape: [0, 3], data: [] }, []),
      'SHAPE: the outputs have shape [0, 3]; expected numbers in it',
    ],
    [
      'float targets of another shape',
      () => new MSELoss().forward([[1, 2]], [[1], [2]]),
      'SHAPE: the targets tensor has shape [2, 1]; expected [1, 2]',
    ],
    [
      'posWeight of another length',
      () => new BCEWithLogitsLoss({ posWeight: [1] }).forward([[1, 2]], [[1, 0]]),
      'SHAPE: BCEWithLogitsLoss posWeight has 1 numbers for an output of shape [2]; expected 2',
    ],
    [
      'a beta below 0',
      () => new SmoothL1Loss({ beta: -1 }),
      'ARGUMENT: SmoothL1Loss beta must be a number of 0 or more, not -1',
    ],
  ])('%s', (_, call, message) => {
    expect(thrown(call)).toContain(message);
  });
});
