import { describe, expect, it } from '@jest/globals';
import {
  Adam,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  decodeOptimizerState,
  encodeOptimizerState,
  Flatten,
  LayerNorm,
  Linear,
  Model,
  Module,
  Muon,
  type MuonOptions,
  Sequential,
  SGD,
  type Value,
} from '../../src/index.js';
import { createOptimizer, optimizerConfig } from '../../src/optimizers/registry.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { formulaValues } from '../support/formula.js';
import { thrown } from '../support/thrown.js';

const others = new SGD({ learningRate: 0.1 });

class Shapes extends Module {
  readonly block = new Sequential([new Conv2d(1, 4, 3), new LayerNorm([4, 4, 4]), new BatchNorm2d(4)]);
  readonly up = new ConvTranspose2d(4, 2, 2);
  readonly head = new Sequential([new Flatten(), new Linear(50, 8), new Linear(8, 3)]);

  forward(x: Value): Value {
    return this.head.forward(this.up.forward(this.block.forward(x)));
  }
}

describe('which parameters it updates', () => {
  const make = (parameters?: MuonOptions['parameters'], network = new Shapes()) => {
    const model = new Model(network, { inputShape: [1, 6, 6], batchSize: 2, frozen: ['head.1.bias'] });
    const muon = new Muon({ parameters, others: new Adam({ groups: [{ parameters: ['block'], learningRate: 0.5 }] }) });
    return { model, muon };
  };
  const taken = (parameters?: MuonOptions['parameters'], network = new Shapes()) => {
    const { model, muon } = make(parameters, network);
    return muon.takes(model, model.parameters).map(({ name }) => name);
  };

  it('are by default all matrices but LayerNorm’s and the last layer’s', () => {
    expect(taken()).toEqual(['block.0.weight', 'up.weight', 'head.1.weight']);
  });

  it('are those in modules, by their paths, by patterns of these and by themselves, or what is named', () => {
    const network = new Shapes();
    expect(taken([network.head], network)).toEqual(['head.1.weight', 'head.2.weight']);
    expect(taken(['block', 'block.0', 'head.2.weight'])).toEqual(['block.0.weight', 'head.2.weight']);
    expect(taken(['*.0', 'u*'])).toEqual(['block.0.weight', 'up.weight']);
  });

  it.each<[readonly string[], string]>([
    [
      ['up.bias'],
      "ARGUMENT: Muon parameters[0]: 'up.bias' stands for no matrix; there are block.0.weight, up.weight, head.1.weight, head.2.weight",
    ],
    [['up', 'x*'], "ARGUMENT: Muon parameters[1]: 'x*' stands for no matrix"],
    [
      ['hed'],
      "ARGUMENT: Muon parameters[0]: expected a parameter of the network, or a module with parameters, found 'hed'; did you mean 'head'?",
    ],
  ])('%j: %s', (parameters, message) => {
    const { model, muon } = make(parameters);
    expect(thrown(() => muon.step(model))).toContain(message);
  });

  it('have PyTorch’s state, the others theirs, and both go on from it with the bits of one that did not stop', () => {
    const fill = (model: Model, step: number) => {
      for (const [i, view] of [...model.gradients().values()].entries())
        view.data.set(formulaValues(3, 10 * step + i, view.data.length) as never);
    };
    const { model, muon } = make();
    for (let step = 0; step < 2; step++) {
      fill(model, step);
      muon.step(model);
    }
    const [weights, state] = [model.stateDict(), decodeOptimizerState(encodeOptimizerState(muon.stateDict(model)))];
    expect(state.param_groups).toMatchObject([
      {
        lr: 1e-3,
        weight_decay: 0.1,
        momentum: 0.95,
        nesterov: true,
        ns_coefficients: [3.4445, -4.775, 2.0315],
        eps: 1e-7,
        ns_steps: 5,
        adjust_lr_fn: null,
        params: [0, 1, 2],
      },
      { lr: 1e-3, betas: [0.9, 0.999], params: [3, 4, 5] },
      { lr: 0.5, params: [6, 7, 8, 9, 10] },
    ]);
    expect(Object.keys(state.state[0])).toEqual(['momentum_buffer']);
    expect(Object.keys(state.state[3]).sort()).toEqual(['exp_avg', 'exp_avg_sq', 'step']);
    const other = make();
    other.model.loadStateDict(weights);
    other.muon.learningRate = 1;
    other.muon.loadStateDict(other.model, state);
    expect([other.muon.learningRate, other.muon.others.learningRate]).toEqual([1e-3, 1e-3]);
    for (const each of [{ model, muon }, other]) {
      fill(each.model, 2);
      each.muon.step(each.model);
    }
    expect(weightsHash(other.model.stateDict())).toBe(weightsHash(model.stateDict()));
  });

  it('frozen ones stay, and have no state', () => {
    const model = new Model(new Shapes(), { inputShape: [1, 6, 6], batchSize: 2, frozen: ['up', 'head.1.weight'] });
    const muon = new Muon({ others });
    for (const { gradient } of model.parameters) gradient.fill(1);
    const before = [...(model.stateDict().get('up.weight')?.data ?? [])];
    muon.step(model);
    expect([...(model.stateDict().get('up.weight')?.data ?? [])]).toEqual(before);
    expect(muon.stateDict(model).param_groups.map(({ params }) => params.length)).toEqual([1, 8]);
  });
});

it('worker threads make the same of its configuration, also where modules name its parameters', () => {
  const network = new Shapes();
  const own = new Muon({
    parameters: [network.up],
    others: new SGD({ learningRate: 0.1, groups: [{ parameters: [network.head] }] }),
  });
  const config = optimizerConfig(own, network);
  expect(config).toMatchObject({ parameters: ['up'], others: { type: 'SGD', groups: [{ parameters: ['head'] }] } });
  const made = createOptimizer(JSON.parse(JSON.stringify(config)));
  expect(optimizerConfig(made)).toEqual(config);
});
