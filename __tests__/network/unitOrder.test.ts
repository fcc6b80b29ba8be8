import { describe, expect, it } from '@jest/globals';
import { Model } from '../../dist/index.js';
import type { Mode } from '../../src/network/fusion/rule.js';
import { checkOptions } from '../../src/network/modelOptions.js';
import { PlannedNetwork } from '../../src/network/plannedNetwork.js';
import type { Phase } from '../../src/program/phase.js';
import { type BlockNetwork, blockInput, blockNames, blockNetworks } from '../support/blocks.js';
import { formulaValues } from '../support/formula.js';
import { unequal } from '../support/unequal.js';
import { type Order, runUnits } from '../support/unitOrder.js';

/** The output of a pass, and of a backward one in training all gradients, when units of a phase run in some order. */
function numbersOf(name: BlockNetwork, frozen: readonly string[], mode: Mode, order: Order): Float32Array[] {
  const inputGradient = frozen.length === 0;
  const options = { inputShape: blockInput, batchSize: 7, shards: 3, seed: 2, inputGradient, frozen };
  const { graph } = new Model(blockNetworks[name](), options);
  const network = new PlannedNetwork(checkOptions(graph, options, []));
  const { prepare, forward, backward, input, output, parameters } = network.plan(mode);
  const training = mode === 'training';
  const step = { samples: 7, shards: training ? 3 : 7, training, number: 0, learningRate: 0 };
  const run = (phases: readonly Phase[]) => runUnits(phases, step, network.scratch[0], order);
  input.data.set(formulaValues(1, 1, input.data.length));
  run(prepare);
  run(forward);
  const y = output.data.slice();
  if (!training) return [y];
  output.gradient.set(formulaValues(1, 2, y.length));
  run(backward);
  const gradients = parameters
    .filter(({ requiresGrad }) => requiresGrad)
    .map(({ gradient, shardGradients = gradient }) => shardGradients.slice());
  return inputGradient ? [y, input.gradient.slice(), ...gradients] : [y, ...gradients];
}

const cases: readonly (readonly [BlockNetwork, readonly string[]])[] = [
  ...blockNames.map((name) => [name, []] as const),
  ['resNet', ['conv1', 'bn1', 'layer1.0']],
  ['denseNet', ['conv', 'block']],
  ['squeezeExcitation', ['conv1', 'attention']],
  ['vgg', ['features']],
];

// Workers claim the shards of a run of phases, and one may be through with its shard before another begins with the one
// before it: an array may then share memory only with arrays of which no other shard is in use.
describe.each(['training', 'evaluation'] as const)('in %s', (mode) => {
  it.each(cases)('%s, frozen %j: shards that run from the last to the first give the same bits', (name, frozen) => {
    const expected = numbersOf(name, frozen, mode, 'first to last');
    for (const [i, numbers] of numbersOf(name, frozen, mode, 'last to first').entries())
      expect([i, unequal(numbers, expected[i])]).toEqual([i, []]);
  });
});
