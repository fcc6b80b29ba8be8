import { expect, it } from '@jest/globals';
import { defaultsOf } from '../../../src/commands/options/setting.js';
import { trainerOf } from '../../../src/commands/options/trainerOf.js';
import { searchableSettings, type TrainSettings, trainSettings } from '../../../src/commands/options/trainSettings.js';
import { Linear, ReLU, Sequential } from '../../../src/index.js';

/** The optimizer of a run with some settings, as plain values. */
async function optimizerOf(settings: Partial<TrainSettings>) {
  const network = new Sequential({ block1: new Linear(3, 4), relu: new ReLU(), last: new Linear(4, 2) });
  const normalization = { mean: 0, std: 1 };
  const trained = { network, inputShape: [3], normalization, frozen: [], layerModules: [], images: 10 };
  const trainer = trainerOf({ ...defaultsOf(trainSettings), workers: 1, ...settings }, trained);
  await trainer.close();
  return trainer.config.optimizer;
}

it('--muon has Muon for the modules that --muon-weights names, and --optimizer for the rest', async () => {
  const others = { optimizer: 'adam', lr: 0.002, weightDecay: 0.01, decay: 'weights' } as const;
  expect(await optimizerOf({ muon: 0.02, ...others })).toEqual({
    type: 'Muon',
    learningRate: 0.02,
    momentum: 0.95,
    nesterov: true,
    weightDecay: 0,
    nsCoefficients: [3.4445, -4.775, 2.0315],
    eps: 1e-7,
    nsSteps: 5,
    adjustLearningRate: 'original',
    decay: 'all',
    others: { type: 'Adam', learningRate: 0.002, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01, decay: 'weights' },
  });
  const own = { muonMomentum: 0.6, muonWeightDecay: 0.1, muonSteps: 3, muonWeights: 'block1, las*' };
  expect(await optimizerOf({ muon: 0.02, ...own })).toMatchObject({
    momentum: 0.6,
    weightDecay: 0.1,
    nsSteps: 3,
    parameters: ['block1', 'las*'],
    others: { type: 'SGD', learningRate: 0.15 },
  });
});

it('--muon 0, as a search may have it, is none, whatever else is said of Muon', async () => {
  expect(await optimizerOf({ muon: 0, muonSteps: 3 })).toEqual(await optimizerOf({}));
});

it('a search space may have all settings of Muon', () => {
  const names = ['muon', 'muonMomentum', 'muonWeightDecay', 'muonSteps', 'muonWeights'];
  expect(names.filter((name) => !(name in searchableSettings))).toEqual([]);
});
