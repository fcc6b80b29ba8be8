import { describe, expect, it } from '@jest/globals';
import * as networks from '../../src/networks.js';
import { thrown } from '../support/thrown.js';

const { efficientnetB0, lenet5, mobilenetV2, resnet18, resnet50, vgg16Bn } = networks;

describe('what a network is not asked for in its options: ARGUMENT says what to write', () => {
  it.each([
    [() => resnet18(10 as never), 'write resnet18({ numClasses: 10 })'],
    [() => resnet50({ num_classes: 10 } as never), "resnet50 has no option 'num_classes'; did you mean numClasses"],
    [() => resnet18({ dropout: 0.1 } as never), "'dropout'; its options are numClasses, inChannels, smallImages"],
    [() => resnet18({ smallImages: 1 as never }), 'resnet18 smallImages must be true or false, not 1'],
    [() => vgg16Bn({ numClasses: 0 }), 'vgg16Bn numClasses must be a whole number of 1 or more, not 0'],
    [() => vgg16Bn({ dropout: 2 }), 'Dropout p must be from 0 to 1, not 2'],
    [() => mobilenetV2({ widthMult: 0.5 } as never), "'widthMult'; its options are numClasses, inChannels, dropout"],
    [
      () => efficientnetB0({ stochasticDepthProb: -1 }),
      'efficientnetB0 stochasticDepthProb must be from 0 to 1, not -1',
    ],
    [() => lenet5({ numClasses: 1.5 }), 'lenet5 numClasses must be a whole number of 1 or more, not 1.5'],
  ])('%s', (create, message) => {
    expect(thrown(create)).toContain('ARGUMENT');
    expect(thrown(create)).toContain(message);
  });
});

it.each(Object.entries(networks))('%s has as many outputs as numClasses', (name, create) => {
  const network = create({ numClasses: 3 });
  const last = 'classifier' in network ? [...network.classifier.children.values()].at(-1) : lastOf(network);
  expect([name, last]).toMatchObject([name, { outFeatures: 3 }]);
});

const lastOf = (network: networks.ResNet | networks.LeNet5) => ('fc' in network ? network.fc : network.fc3);
