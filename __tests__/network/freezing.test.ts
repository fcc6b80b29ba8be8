import { describe, expect, it } from '@jest/globals';
import { frozenBy, Linear, Model, Sequential } from '../../src/index.js';
import { trace } from '../../src/network/trace.js';
import { resnet18, vgg11Bn } from '../../src/networks.js';
import { goldenNetworkOf } from '../support/networks.js';
import { thrown } from '../support/thrown.js';

const graphs = {
  resnet18: trace(resnet18(), [3, 224, 224]).graph,
  vgg11Bn: trace(vgg11Bn(), [3, 224, 224]).graph,
};
/** torchvision's names of the tensors. */
const stateOf = (name: keyof typeof graphs) =>
  new Map(goldenNetworkOf(name).state.map((line) => [line.split(' ')[0], undefined]));
const frozen = (name: keyof typeof graphs, ...patterns: string[]) => frozenBy(graphs[name], stateOf(name), patterns);

describe('what a pattern freezes, by paths', () => {
  it.each<[keyof typeof graphs, string[], string[]]>([
    ['resnet18', ['layer1'], ['layer1']],
    ['resnet18', ['layer2', 'conv1'], ['conv1', 'layer2']],
    ['resnet18', ['layer*', 'layer1.0'], ['layer1', 'layer2', 'layer3', 'layer4']],
    ['resnet18', ['*.downsample'], ['layer2.0.downsample', 'layer3.0.downsample', 'layer4.0.downsample']],
    ['resnet18', ['layer1.*.bn1'], ['layer1.0.bn1', 'layer1.1.bn1']],
    ['resnet18', ['all'], ['conv1', 'bn1', 'maxpool', 'layer1', 'layer2', 'layer3', 'layer4', 'avgpool']],
    ['vgg11Bn', ['all'], ['features', 'avgpool', ...[0, 1, 2, 3, 4, 5].map((place) => `classifier.${place}`)]],
    ['vgg11Bn', ['features.2?', 'features.2*'], []],
    ['vgg11Bn', ['features.2*'], ['features.2', ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((place) => `features.2${place}`)]],
  ])('%s: %j', (name, patterns, expected) => {
    if (expected.length > 0) expect(frozen(name, ...patterns)).toEqual(expected);
    else expect(thrown(() => frozen(name, ...patterns))).toContain(`'${patterns[0]}'`);
  });

  it('is all but the last layer where that is the only one: nothing, which is refused', () => {
    const { graph } = new Model(new Sequential({ only: new Linear(3, 2) }), { inputShape: [3], batchSize: 1 });
    const state = { 'only.weight': undefined, 'only.bias': undefined };
    expect(thrown(() => frozenBy(graph, state, ['all']))).toMatch(/^ARGUMENT: .*'all'; its modules are only/);
  });

  it.each([
    ['layer5', "did you mean 'layer1'?"],
    ['backbone', 'its modules are conv1, bn1, maxpool, layer1, layer2, layer3, layer4, avgpool, fc'],
    ['layer1.', 'layer1'],
    ['.*', 'its modules are conv1'],
    ['', 'its modules are conv1'],
  ])('is refused for %j, which no path is like: ARGUMENT with %s', (pattern, advice) => {
    const found = thrown(() => frozen('resnet18', 'layer1', pattern));
    expect(found).toMatch(/^ARGUMENT: no module of the network has a path like/);
    expect(found).toContain(advice);
  });
});
