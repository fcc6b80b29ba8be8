import {
  Adam,
  AdamW,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  Model,
  type Optimizer,
  RMSprop,
  rowMajor,
  Sequential,
  SGD,
  type TensorSource,
} from '../../src/index.js';
import { formulaValues, formulaWeights } from './formula.js';
import { readJson } from './golden.js';

/** A tensor's numbers in PyTorch's order, by name. */
type Numbers = Readonly<Record<string, readonly number[]>>;

/** What golden/training_reference.py has of an optimizer: parameters after three steps and after six, its state after three. */
export interface OptimizerCase {
  readonly optimizer: 'SGD' | 'Adam' | 'AdamW' | 'RMSprop';
  readonly options: { readonly learningRate: number };
  readonly after: readonly [Numbers, Numbers];
  readonly state: Readonly<Record<string, Numbers>>;
  readonly param_groups: readonly { readonly params: readonly number[]; readonly lr: number }[];
}

export const optimizerStates: {
  readonly seed: number;
  readonly gradientBounds: readonly number[];
  readonly cases: readonly OptimizerCase[];
  readonly float32Error: number;
} = readJson('optimizerStates.json');

const optimizers = { SGD, Adam, AdamW, RMSprop };
export const optimizerOf = ({ optimizer, options }: Pick<OptimizerCase, 'optimizer' | 'options'>): Optimizer =>
  new optimizers[optimizer](options);

export const twoPartNetwork = () =>
  new Sequential({
    features: new Sequential([new Conv2d(2, 4, 3), new BatchNorm2d(4)]),
    classifier: new Sequential([new Flatten(), new Linear(16, 3)]),
  });

/** A model of the two parts, with the formula's weights. */
export function twoPartModel(kernels: 'reference' | 'simd' = 'simd', network = twoPartNetwork()): Model {
  const model = new Model(network, { inputShape: [2, 4, 4], batchSize: 2, kernels });
  const weights = formulaWeights(model, optimizerStates.seed);
  model.loadStateDict(new Map<string, TensorSource>([...model.stateDict(), ...weights]));
  return model;
}

/** Takes the steps from `first` to before `end`, with the reference's gradients. */
export function takeSteps(optimizer: Optimizer, model: Model, first: number, end: number): void {
  const { seed, gradientBounds } = optimizerStates;
  for (let s = first; s < end; s++) {
    for (const [i, view] of [...model.gradients().values()].entries()) {
      const values = formulaValues(seed, 6600 + 10 * s + i, view.size, gradientBounds[s % 3]);
      const { data, stride, shape } = view;
      for (const [element, value] of values.entries()) data[placeOf(element, shape, stride)] = value;
    }
    optimizer.step(model);
  }
}

/** Where an element of PyTorch's order lies. */
function placeOf(element: number, shape: readonly number[], stride: readonly number[]): number {
  let [rest, place] = [element, 0];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place += (rest % shape[axis]) * stride[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}

/** The model's parameters as the reference has them. */
export const parametersOf = (model: Model): Numbers =>
  Object.fromEntries(model.parameters.map(({ name }) => [name, numbersOf(model.stateDict().get(name))]));

export const numbersOf = (tensor: TensorSource | undefined): number[] =>
  Array.from(rowMajor(tensor as TensorSource), Number);
