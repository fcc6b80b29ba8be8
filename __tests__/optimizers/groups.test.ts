import { describe, expect, it } from '@jest/globals';
import {
  Adam,
  decodeOptimizerState,
  encodeOptimizerState,
  Linear,
  Model,
  Module,
  type OptimizerStateDict,
  type ParameterGroup,
  SGD,
  type Value,
} from '../../src/index.js';
import { learningRates } from '../../src/optimizers/groups.js';
import { optimizerConfig } from '../../src/optimizers/registry.js';
import { nodePlatform } from '../../src/parallel/nodePlatform.js';
import { LearningRates } from '../../src/training/learningRates.js';
import { runConfig } from '../../src/training/trainerOptions.js';
import {
  optimizerOf,
  optimizerStates,
  parametersOf,
  takeSteps,
  twoPartModel,
  twoPartNetwork,
} from '../support/optimizerRun.js';
import { thrown } from '../support/thrown.js';

/** Two names for one layer. */
class Shared extends Module {
  readonly first = new Linear(3, 3);
  readonly again = { layer: this.first };
  readonly last = new Linear(3, 2);

  forward(x: Value): Value {
    return this.last.forward(this.again.layer.forward(this.first.forward(x)));
  }
}

const sgd = (groups: readonly ParameterGroup[], learningRate = 0.1) => new SGD({ learningRate, groups });
const message = (groups: readonly ParameterGroup[]) => thrown(() => sgd(groups).step(twoPartModel()));

describe('parameter groups', () => {
  it('may have modules of the network in the place of their paths, with the same bits', () => {
    const golden = optimizerStates.cases[2];
    const network = twoPartNetwork();
    const [features, classifier] = network.namedChildren().map(([, child]) => child);
    const norm = features.namedChildren()[1][1];
    const groups: ParameterGroup[] = [
      { parameters: [classifier], learningRate: 0.003, weightDecay: 0.3 },
      { parameters: ['features.0.bias', norm], learningRate: 0.2 },
    ];
    const [byModule, byName] = [twoPartModel('simd', network), twoPartModel()];
    takeSteps(optimizerOf({ ...golden, options: { ...golden.options, groups } as never }), byModule, 0, 3);
    takeSteps(optimizerOf(golden), byName, 0, 3);
    expect(parametersOf(byModule)).toEqual(parametersOf(byName));
  });

  it('find a shared layer by any of its names, and a whole network by none', () => {
    const options = { inputShape: [3], batchSize: 1 };
    const ofNames = (parameters: string[]) => {
      const model = new Model(new Shared(), options);
      const optimizer = sgd([{ parameters, weightDecay: 1 }]);
      optimizer.step(model);
      return optimizer.stateDict(model).param_groups.map(({ params }) => params.length);
    };
    expect(['first', 'again.layer', 'first.weight', 'again.layer.weight', ''].map((name) => ofNames([name]))).toEqual([
      [2, 2],
      [2, 2],
      [3, 1],
      [3, 1],
      [4],
    ]);
  });

  it('have rates of their own, which a loop may change; those without one follow the optimizer’s', () => {
    const model = twoPartModel();
    const optimizer = sgd([{ parameters: ['classifier'], learningRate: 0 }, { parameters: ['features.0'] }], 0);
    const moved = () => {
      const before = parametersOf(model);
      takeSteps(optimizer, model, 0, 1);
      const after = parametersOf(model);
      return Object.keys(before).filter((name) => String(before[name]) !== String(after[name]));
    };
    expect(moved()).toEqual([]);
    optimizer.learningRate = 0.1;
    expect(moved()).toEqual(['features.0.weight', 'features.0.bias', 'features.1.weight', 'features.1.bias']);
    [optimizer.learningRate, (optimizer.groups as ParameterGroup[])[0].learningRate] = [0, 0.1];
    expect(moved()).toEqual(['classifier.1.weight', 'classifier.1.bias']);
  });

  it('may be all vectors, with the bits of their names: what is of one dimension and in no other group, wherever it stands', () => {
    const [vectors, classifier] = [{ weightDecay: 0.5 }, { parameters: ['classifier'], learningRate: 0.02 }];
    const all = ['features.0.bias', 'features.1.weight', 'features.1.bias', 'classifier.1.bias'];
    const trained = (groups: readonly ParameterGroup[]) => {
      const [model, optimizer] = [twoPartModel(), new Adam({ learningRate: 0.01, groups })];
      takeSteps(optimizer, model, 0, 3);
      return [parametersOf(model), encodeOptimizerState(optimizer.stateDict(model))];
    };
    const byName = (names: string[]) => ({ ...vectors, parameters: names });
    const byKind = { ...vectors, parameters: 'vectors' } as const;
    expect(trained([byKind])).toEqual(trained([byName(all)]));
    expect(trained([byKind, classifier])).toEqual(trained([byName(all.slice(0, 3)), classifier]));
  });

  it('of vectors keep their ratio to a Trainer’s rate, and its schedule', () => {
    const groups = [{ parameters: 'vectors', learningRate: 0.4 }] as const;
    const rates = new LearningRates(learningRates(sgd(groups)), {
      type: 'triangular',
      totalSteps: 10,
      startFactor: 0.5,
    });
    expect(rates.at(0)).toEqual({ learningRate: 0.05, groupRates: [0.2] });
    rates.set(0.2);
    expect(rates.at(3)).toEqual({ learningRate: 0.2, groupRates: [0.8] });
  });

  it.each<[ParameterGroup[], string]>([
    [
      [{ parameters: ['classifier', 'features.0.bias', 'features.1'] }, { parameters: 'vectors' }],
      "SGD groups[1].parameters: 'vectors' are the parameters of one dimension that no other group has; found none in the network; leave the group away",
    ],
    [
      [{ parameters: ['clasifier'] }],
      "SGD groups[0].parameters[0]: expected a parameter of the network, or a module with parameters, found 'clasifier'; did you mean 'classifier'?",
    ],
    [
      [{ parameters: ['classifier', 'features.0.weigth'] }],
      "SGD groups[0].parameters[1]: expected a parameter of the network, or a module with parameters, found 'features.0.weigth'; did you mean 'features.0.weight'?",
    ],
    [
      [{ parameters: ['classifier.0'] }],
      "SGD groups[0].parameters[0]: expected a parameter of the network, or a module with parameters, found 'classifier.0'; " +
        'there are features.0.weight, features.0.bias, features.1.weight, features.1.bias, classifier.1.weight, classifier.1.bias',
    ],
    [
      [{ parameters: ['classifier'] }, { parameters: ['features', 'classifier.1.bias'] }],
      "SGD groups[1].parameters: 'classifier.1.bias' is in groups[0] already; expected each parameter in one group, once",
    ],
    [
      [{ parameters: [new Linear(1, 1)] }],
      "SGD groups[0].parameters[0]: expected a module of the network, its path or a parameter's name, found an object of class Linear that does not stand in it",
    ],
    [
      [{ parameters: [3 as never] }],
      "SGD groups[0].parameters[0]: expected a module of the network, its path or a parameter's name, found 3",
    ],
  ])('%j: ARGUMENT, in words', (groups, expected) => {
    expect(message(groups)).toBe(`ARGUMENT: ${expected}`);
  });

  it.each<[unknown, RegExp]>([
    [3, /^ARGUMENT: SGD groups must be a list, not 3$/],
    [[3], /^ARGUMENT: groups: expected an object of options, found 3/],
    [[{}], /^ARGUMENT: groups: parameters is missing/],
    [[{ parameters: [], momentum: 0.9 }], /^ARGUMENT: groups has no option 'momentum'/],
    [
      [{ parameters: 'classifier' }],
      /^ARGUMENT: SGD groups\[0\]\.parameters must be a list of modules and names, or 'vectors', not 'classifier'$/,
    ],
    [
      [{ parameters: 'vectors' }, { parameters: 'vectors' }],
      /^ARGUMENT: SGD groups: expected one group of 'vectors' at most, found 2$/,
    ],
    [[{ params: ['0'] }], /did you mean parameters \(PyTorch's params\)\?/],
    [[{ parameters: [], learningRate: -1 }], /^ARGUMENT: SGD groups\[0\]\.learningRate/],
    [[{ parameters: [], weightDecay: '1' }], /^ARGUMENT: SGD groups\[0\]\.weightDecay/],
  ])('%j are refused when the optimizer is made', (groups, expected) => {
    expect(thrown(() => sgd(groups as ParameterGroup[]))).toMatch(expected);
  });

  it('of a Trainer are names in its configuration, of modules their paths', () => {
    const network = twoPartNetwork();
    const [, classifier] = network.namedChildren().map(([, child]) => child);
    const optimizer = sgd([{ parameters: [classifier, 'features.0.bias'], weightDecay: 0 }]);
    expect(runConfig(network, { inputShape: [2, 4, 4], optimizer }, nodePlatform).optimizer).toMatchObject({
      type: 'SGD',
      groups: [{ parameters: ['classifier', 'features.0.bias'], weightDecay: 0 }],
    });
  });

  it.each<[string, (optimizer: SGD) => void]>([
    [
      'SGD learningRate must be a number of 0 or more, not NaN',
      (optimizer) => {
        optimizer.learningRate = Number.NaN;
      },
    ],
    [
      "SGD groups[0].learningRate must be a number of 0 or more, not '1'",
      ({ groups = [] }) => {
        groups[0].learningRate = '1' as never;
      },
    ],
  ])('%s: ARGUMENT, of a rate that was set before a step, which changes nothing then', (expected, set) => {
    const [model, optimizer] = [twoPartModel(), sgd([{ parameters: ['classifier'], learningRate: 1 }])];
    const before = parametersOf(model);
    set(optimizer);
    expect(thrown(() => optimizer.step(model))).toBe(`ARGUMENT: ${expected}`);
    expect(parametersOf(model)).toEqual(before);
  });

  it('of a Trainer are names where it has its network from a graph: a module is refused', () => {
    expect(thrown(() => optimizerConfig(sgd([{ parameters: [new Linear(1, 1)] }])))).toMatch(
      /^ARGUMENT: SGD groups\[0\]\.parameters\[0\]: expected a module of the network, its path/,
    );
  });
});

describe('a state that does not fit', () => {
  const model = twoPartModel();
  const optimizer = new Adam({ groups: [{ parameters: ['classifier'] }] });
  takeSteps(optimizer, model, 0, 2);
  const bytes = encodeOptimizerState(optimizer.stateDict(model));
  const right = decodeOptimizerState(bytes);
  const [rest, classifier] = right.param_groups;
  const before = parametersOf(model);
  const loaded = (state: unknown) => thrown(() => optimizer.loadStateDict(model, state as OptimizerStateDict));
  const withEntry = (entry: object) => ({ ...right, state: { ...right.state, 3: { ...right.state[3], ...entry } } });
  const withGroup = (settings: object) => ({ ...right, param_groups: [{ ...rest, ...settings }, classifier] });
  const scalar = (value: number) => ({ shape: [], data: [value] });

  it.each<[unknown, string]>([
    [withGroup({ betas: [0.5, 0.9] }), "param_groups[0].betas is [0.5,0.9], the optimizer's is [0.9,0.999]"],
    [withGroup({ weight_decay: 1 }), "param_groups[0].weight_decay is 1, the optimizer's is 0"],
    [withGroup({ amsgrad: true }), 'param_groups[0].amsgrad is not known here'],
    [withGroup({ lr: -1 }), 'param_groups[0].lr is -1; expected a number of 0 or more'],
    [{ ...right, param_groups: [rest] }, "its groups have [4] parameters, the optimizer's have [4, 2]"],
    [withEntry({ step: scalar(3) }), 'expected one number of steps for all parameters, found 2 and 3'],
    [{ ...right, state: { ...right.state, 9: right.state[3] } }, 'state.9 is of no parameter in param_groups'],
    [withEntry({ max_exp_avg_sq: scalar(1) }), 'state.3.max_exp_avg_sq is unexpected'],
    [withEntry({ exp_avg: scalar(1) }), 'state.3.exp_avg has shape []'],
    [withEntry({ exp_avg: null }), 'state.3.exp_avg is missing'],
  ])('%#: STATE_DICT, and nothing is changed', (state, expected) => {
    expect(loaded(state)).toMatch(/^STATE_DICT: /);
    expect(loaded(state)).toContain(expected);
    expect(encodeOptimizerState(optimizer.stateDict(model))).toEqual(bytes);
    expect([optimizer.learningRate, parametersOf(model)]).toEqual([0.001, before]);
  });

  it.each<[unknown, string]>([
    [undefined, 'loadStateDict: state is missing'],
    [{ state: {} }, 'param_groups is missing; write optimizer.loadStateDict(model, { state, param_groups })'],
    [{ ...right, state: [] }, 'state must be an object'],
    [{ ...right, state: { 0: 3 } }, 'state.0 must be an object, not 3'],
    [{ ...right, param_groups: [{}] }, 'param_groups must be a list of objects with params'],
    [new Map(), 'expected an object of options'],
  ])('%#: of another form: ARGUMENT', (state, expected) => {
    expect(loaded(state)).toMatch(/^ARGUMENT: /);
    expect(loaded(state)).toContain(expected);
  });

  it('fits after all of that', () => {
    expect(loaded(right)).toBe('nothing thrown');
  });
});
