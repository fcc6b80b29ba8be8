// One test looks whether all that is exported is in some table here, so that the tables are one file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import * as built from '../dist/index.js';
import { Trainer } from '../dist/node.js';
import { checkDataOptions } from '../src/datasets/dataOptions.js';
import type { HeddleError } from '../src/errors.js';
import * as index from '../src/index.js';
import * as node from '../src/node.js';
import { nodePlatform } from '../src/parallel/nodePlatform.js';
import { predictorConfig } from '../src/prediction/predictorOptions.js';
import { Programs } from '../src/training/programs.js';
import { runConfig } from '../src/training/trainerOptions.js';
import * as web from '../src/web.js';

const { Linear, Model, ReLU, Sequential, SGD } = index;

const folder = mkdtempSync(join(tmpdir(), 'heddle-arguments-'));
const path = join(folder, 'file');
const network = () => new Sequential([new Linear(3, 2)]);
const model = new Model(network(), { inputShape: [3], batchSize: 2 });
const dataset = index.tensorDataset([[[1, 2, 3]], [[4, 5, 6]]], [0, 1]);
const trainer = new Trainer(new built.Sequential([new built.Flatten(), new built.Linear(3, 2)]), {
  inputShape: [1, 1, 3],
  optimizer: new built.SGD({ learningRate: 0.1 }),
  workers: 1,
});
const study = {
  version: '0',
  seed: 0,
  sampler: 'random',
  space: { lr: { low: 0, high: 1 } },
  first: [],
  epochs: 1,
  halving: null,
  run: {},
};
const failed = Array.from({ length: 10 }, (_, i) => ({ trial: i + 1, settings: {}, state: 'failed', epochs: [] }));
/** A rank whose search has ended. */
const job = {
  rank: 1,
  ranks: 2,
  gather: async (text: string) => ['null', text],
  broadcast: async () => new TextEncoder().encode('["end", "end"]'),
};
const journal = { study: { config: study, trials: failed }, append: async () => {} };
afterAll(async () => {
  await trainer.close();
  rmSync(folder, { recursive: true });
});

/** What comes of a call from JavaScript: "CODE: message" of a HeddleError, 'done', or any other error as text. */
async function outcome(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    return error instanceof Error && error.name === 'HeddleError'
      ? `${(error as HeddleError).code}: ${error.message}`
      : `no HeddleError: ${error}`;
  }
}

const functions = Object.fromEntries(
  [index, web, node].flatMap(Object.entries).filter(([, value]) => typeof value === 'function'),
) as Record<string, (...args: never[]) => unknown>;
const isClass = (value: unknown) => String(value).startsWith('class');

/** Calls an export of heddle's as JavaScript lets one. */
const call = (name: string, args: readonly unknown[]) =>
  isClass(functions[name]) ? Reflect.construct(functions[name], args) : Reflect.apply(functions[name], undefined, args);

/** Whoever takes an object of options: how, with options that are right, and all of their names. */
interface Taker {
  readonly take: (options: never) => unknown;
  readonly right: Readonly<Record<string, unknown>>;
  readonly names: string;
}

const shared = 'shards seed kernels convolution';
const described = 'classes normalization transform testTimeFlip testTimeShift recipe version metadata';
const trained = { inputShape: [3], optimizer: new SGD({ learningRate: 0.1 }), batchSize: 2 };
const config = (options: object) => new Programs(runConfig(network(), { ...trained, ...options }, nodePlatform));
const checkpoint = trainer.checkpoint();
const train = async (options: unknown) => {
  for await (const _ of trainer.fit(dataset, options as never));
};

const takers: Record<string, Taker> = {
  Conv2d: {
    take: (o) => new index.Conv2d(1, 8, 3, o),
    right: { stride: 2 },
    names: 'stride padding dilation groups bias initial',
  },
  ConvTranspose2d: {
    take: (o) => new index.ConvTranspose2d(1, 8, 3, o),
    right: { stride: 2 },
    names: 'stride padding outputPadding groups bias dilation initial',
  },
  'initial of Conv2d': {
    take: (o) => new index.Conv2d(1, 8, 3, { initial: o }),
    right: { weight: { normal: 0.1 } },
    names: 'weight bias',
  },
  Linear: { take: (o) => new Linear(3, 4, o), right: { bias: false }, names: 'bias initial' },
  MaxPool2d: {
    take: (o) => new index.MaxPool2d(3, o),
    right: { stride: 2 },
    names: 'stride padding dilation ceilMode',
  },
  AvgPool2d: {
    take: (o) => new index.AvgPool2d(3, o),
    right: { stride: 2 },
    names: 'stride padding ceilMode countIncludePad divisorOverride',
  },
  Upsample: {
    take: (o) => new index.Upsample(o),
    right: { scaleFactor: 2 },
    names: 'size scaleFactor mode alignCorners',
  },
  GELU: { take: (o) => new index.GELU(o), right: { approximate: 'tanh' }, names: 'approximate' },
  BatchNorm1d: {
    take: (o) => new index.BatchNorm1d(3, o),
    right: { eps: 0.1 },
    names: 'eps momentum affine trackRunningStats',
  },
  BatchNorm2d: {
    take: (o) => new index.BatchNorm2d(3, o),
    right: { eps: 0.1 },
    names: 'eps momentum affine trackRunningStats',
  },
  LayerNorm: { take: (o) => new index.LayerNorm(3, o), right: { eps: 0.1 }, names: 'eps elementwiseAffine' },
  GroupNorm: { take: (o) => new index.GroupNorm(2, 4, o), right: { eps: 0.1 }, names: 'eps affine' },
  fashionNet: { take: (o) => index.fashionNet(o), right: { dropout: 0 }, names: 'dropout' },
  CrossEntropyLoss: {
    take: (o) => new index.CrossEntropyLoss(o),
    right: { labelSmoothing: 0.1 },
    names: 'weight ignoreIndex labelSmoothing',
  },
  BCEWithLogitsLoss: { take: (o) => new index.BCEWithLogitsLoss(o), right: {}, names: 'weight posWeight' },
  SmoothL1Loss: { take: (o) => new index.SmoothL1Loss(o), right: { beta: 2 }, names: 'beta' },
  SGD: {
    take: (o) => new SGD(o),
    right: { learningRate: 0.1 },
    names: 'learningRate momentum dampening weightDecay decay nesterov groups',
  },
  Adam: { take: (o) => new index.Adam(o), right: {}, names: 'learningRate betas eps weightDecay decay groups' },
  AdamW: { take: (o) => new index.AdamW(o), right: {}, names: 'learningRate betas eps weightDecay decay groups' },
  RMSprop: {
    take: (o) => new index.RMSprop(o),
    right: {},
    names: 'learningRate alpha eps momentum centered weightDecay decay groups',
  },
  Muon: {
    take: (o) => new index.Muon(o),
    right: { others: new SGD({ learningRate: 0.1 }) },
    names:
      'learningRate weightDecay momentum nesterov nsCoefficients eps nsSteps adjustLearningRate parameters others decay groups',
  },
  'groups of an optimizer': {
    take: (o) => new index.Adam({ groups: [o] }),
    right: { parameters: ['0'] },
    names: 'parameters learningRate weightDecay',
  },
  ReduceLROnPlateau: {
    take: (o) => new index.ReduceLROnPlateau(new index.Adam(), o),
    right: { patience: 1 },
    names: 'mode factor patience threshold thresholdMode cooldown minLearningRate eps',
  },
  encodeOptimizerState: {
    take: (o) => index.encodeOptimizerState(o),
    right: { state: {}, param_groups: [] },
    names: 'state param_groups',
  },
  Model: {
    take: (o) => new Model(network(), o),
    right: { inputShape: [3], batchSize: 2 },
    names: `inputShape batchSize ${shared} frozen workers inputGradient fusion arena`,
  },
  Trainer: {
    take: (o) => new Programs(runConfig(network(), o, nodePlatform)),
    right: trained,
    names: `inputShape optimizer loss schedule maxGradientNorm accumulationSteps averageDecay updateBn lookahead augmentation testTimeFlip testTimeShift
      batchSize dropLast workers ${shared} frozen normalization profile layerModules machines`,
  },
  Predictor: {
    take: (o) => predictorConfig(model, o),
    right: {},
    names: 'workers batchSize maxQueue kernels layerModules',
  },
  batches: {
    take: (o) => index.batches(dataset, o),
    right: { batchSize: 2 },
    names: 'batchSize dropLast normalization shuffle sampler',
  },
  tensorDataset: { take: (o) => index.tensorDataset([[[1]]], [0], o), right: {}, names: 'inputs targets' },
  classWeights: { take: (o) => index.classWeights(dataset, o), right: {}, names: 'ignoreIndex' },
  WeightedRandomSampler: {
    take: (o) => new index.WeightedRandomSampler([1], 1, o),
    right: {},
    names: 'replacement',
  },
  exportOnnx: { take: (o) => index.exportOnnx(model, o), right: {}, names: described },
  saveModel: {
    take: (o) => node.saveModel(`${path}.safetensors`, model, o),
    right: {},
    names: described,
  },
  encodeModel: { take: (o) => web.encodeModel(model, o), right: {}, names: described },
  gradcheck: {
    take: (o) => index.gradcheck(new Linear(3, 2), [3], o),
    right: {},
    names: `batchSize eps rtol ${shared} frozen`,
  },
  search: {
    take: (o) => node.search(journal as never, async () => {}, o),
    right: { trials: 0 },
    names: 'trials signal onChange machines',
  },
  openStudy: { take: (o) => node.openStudy(path, o), right: study, names: Object.keys(study).join(' ') },
  encodeCheckpoint: {
    take: (o) => node.encodeCheckpoint(o),
    right: checkpoint as never,
    names: 'settings position model optimizer average best',
  },
  'trainer.restore': {
    take: (o) => trainer.restore(o),
    right: checkpoint as never,
    names: 'settings position model optimizer average best',
  },
  'trainer.fit': {
    take: train,
    right: { epochs: 0 },
    names: 'epochs sampler test validation earlyStopping signal onStart onStep stopWhen',
  },
  'model.loadStateDict': {
    take: (o) => model.loadStateDict(model.stateDict(), o),
    right: {},
    names: 'strict',
  },
  'schedule of a step': {
    take: (o) => config({ schedule: { type: 'step', ...(o as object) } }),
    right: { stepSize: 1, gamma: 1 },
    names: 'stepSize gamma',
  },
  'schedule of several steps': {
    take: (o) => config({ schedule: { type: 'multiStep', ...(o as object) } }),
    right: { milestones: [2, 5], gamma: 1 },
    names: 'milestones gamma',
  },
  'schedule of a power': {
    take: (o) => config({ schedule: { type: 'exponential', ...(o as object) } }),
    right: { gamma: 1 },
    names: 'gamma',
  },
  'schedule of a plateau': {
    take: (o) => config({ schedule: { type: 'plateau', ...(o as object) } }),
    right: { metric: 'trainLoss' },
    names: 'metric mode factor patience threshold thresholdMode cooldown minLearningRate eps',
  },
  'schedule of a cosine': {
    take: (o) => index.learningRateFactor({ type: 'cosine', ...(o as object) } as never, 0),
    right: { totalSteps: 5 },
    names: 'totalSteps warmupSteps',
  },
  'schedule of one cycle': {
    take: (o) => config({ schedule: { type: 'oneCycle', ...(o as object) } }),
    right: { totalSteps: 5 },
    names: 'totalSteps pctStart divFactor finalDivFactor',
  },
  'schedule of a triangle': {
    take: (o) => config({ schedule: { type: 'triangular', ...(o as object) } }),
    right: { totalSteps: 5 },
    names: 'totalSteps pctStart startFactor endFactor',
  },
  lookahead: { take: (o) => config({ lookahead: o }), right: {}, names: 'steps alpha' },
  normalization: {
    take: (o) => config({ normalization: o }),
    right: { mean: 0, std: 1 },
    names: 'mean std',
  },
  'normalization of batches': {
    take: (o) => index.batches(dataset, { batchSize: 2, normalization: o }),
    right: { mean: 0, std: 1 },
    names: 'mean std',
  },
  shuffle: {
    take: (o) => index.batches(dataset, { batchSize: 2, shuffle: o }),
    right: { seed: 0, epoch: 0 },
    names: 'seed epoch',
  },
  augmentation: {
    take: (o) => config({ augmentation: o }),
    right: {},
    names: `randomResizedCrop randomCrop cropPadding horizontalFlip alternatingFlip verticalFlip colorJitter trivialAugment
      randomErasing cutout mixup`,
  },
  'openData and imageFolder': {
    take: (o) => checkDataOptions('openData(path, { imageSize: 64 })', o),
    right: {},
    names: 'transform imageSize channels classes testShare seed workers cacheFolder onProgress signal',
  },
  observe: {
    take: (o) => node.observe(trainer as never, () => {}, o),
    right: { insights: true },
    names: 'test validation insights',
  },
  earlyStopping: {
    take: (o) => train({ epochs: 0, validation: dataset, earlyStopping: o }),
    right: { patience: 1 },
    names: 'patience metric',
  },
};
/** These are spread into an object with a type, for which they have to be objects themselves. */
const spread = [
  'schedule of a step',
  'schedule of several steps',
  'schedule of a power',
  'schedule of a plateau',
  'schedule of a cosine',
  'schedule of one cycle',
  'schedule of a triangle',
];

/** Whoever wants arguments: by their names, in their order. */
const wanted: Record<string, Readonly<Record<string, unknown>>> = {
  Conv2d: { inChannels: 1, outChannels: 8, kernelSize: 3 },
  ConvTranspose2d: { inChannels: 1, outChannels: 8, kernelSize: 3 },
  Linear: { inFeatures: 3, outFeatures: 4 },
  MaxPool2d: { kernelSize: 2 },
  BatchNorm1d: { numFeatures: 3 },
  BatchNorm2d: { numFeatures: 3 },
  LayerNorm: { normalizedShape: 3 },
  GroupNorm: { numGroups: 2, numChannels: 4 },
  AdaptiveAvgPool2d: { outputSize: 1 },
  StochasticDepth: { p: 0.5, mode: 'row' },
  Softmax: { dim: 1 },
  AvgPool2d: { kernelSize: 2 },
  Unflatten: { shape: [1, 1, 1] },
  Sequential: { children: [] },
  Model: { network: network() },
  Trainer: { network: network() },
  observe: { trainer: {}, listener: () => {} },
  batches: { dataset },
  firstSamples: { dataset, count: 1 },
  randomSplit: { dataset, count: 1 },
  subset: { dataset, places: [0] },
  pixelStatistics: { dataset },
  channelStatistics: { dataset },
  classWeights: { dataset },
  WeightedRandomSampler: { weights: [1], numSamples: 1 },
  tensorDataset: { inputs: [[[1]]], targets: [0] },
  exportOnnx: { model },
  frozenBy: { graph: model.graph, state: new Map(), patterns: [] },
  transferWeights: { model, state: new Map() },
  gradcheck: { network: new ReLU(), inputShape: [3] },
  learningRateFactor: { schedule: { type: 'constant' }, step: 0 },
  decodeOptimizerState: { bytes: new Uint8Array() },
  encodeOptimizerState: { state: { state: {}, param_groups: [] } },
  ReduceLROnPlateau: { optimizer: new index.Adam() },
  registerLayer: { type: 'OneMore', layer: ReLU },
  registerLoss: { type: 'OneMore', loss: index.CrossEntropyLoss },
  registerOptimizer: { type: 'OneMore', optimizer: SGD },
  encodeNpy: { tensor: { shape: [1], data: new Float32Array(1) } },
  decodeNpy: { bytes: new Uint8Array() },
  encodeSafetensors: { tensors: new Map() },
  decodeSafetensors: { bytes: new Uint8Array() },
  decodeImage: { bytes: new Uint8Array() },
  toInput: { image: { height: 1, width: 1, channels: 1, pixels: new Uint8Array(1) } },
  transformImage: {
    image: { height: 1, width: 1, channels: 1, pixels: new Uint8Array(1) },
    transform: { type: 'lightOnDark', height: 1, width: 1 },
  },
  readIdx: { path, dimensions: 1 },
  readImage: { path },
  openData: { path },
  imageFolder: { dir: folder },
  describeData: { data: {} },
  loadMnistFolder: { folder, split: 'train' },
  encodeCheckpoint: { checkpoint },
  decodeCheckpoint: { bytes: new Uint8Array() },
  saveCheckpoint: { folder, checkpoint },
  loadCheckpoint: { folder },
  saveSafetensors: { path, tensors: new Map() },
  loadSafetensors: { path },
  saveModel: { path, model },
  loadModel: { path },
  encodeModel: { model },
  decodeModel: { bytes: new Uint8Array() },
  fetchIdx: { url: path, dimensions: 1 },
  fetchMnist: { folder, split: 'train' },
  loadSpace: { path },
  loadStudy: { path },
  openStudy: { path, config: study },
  search: { journal, objective: async () => {} },
  joinSearch: { machines: job, objective: async () => {} },
  importance: { study: { config: study, trials: [] } },
  ranked: { study: { config: study, trials: [] } },
  bestTrial: { study: { config: study, trials: [] } },
};

/** What needs no such check, and why. */
const others = [
  'HeddleError', // is what is thrown
  'Optimizer', // is what optimizers extend, and says below what it wants
  // These are below: they take too much at most.
  'Dropout',
  'Dropout2d',
  'Flatten',
  'Hardsigmoid',
  'Hardswish',
  'Identity',
  'L1Loss',
  'MSELoss',
  'LeakyReLU',
  'ReLU',
  'ReLU6',
  'Sigmoid',
  'SiLU',
  'Tanh',
  // Others derive from these.
  'Layer',
  'Module',
  // These are for layers' inner loops.
  'gradientOfShard',
  'ownSamples',
  'perPart',
  'perShard',
  'samplesOf',
  'sizeOf',
  'stridesOf',
  // These take values in a forward, where the trace says what is wrong: see __tests__/network/trace.test.ts.
  'adaptiveAvgPool2d',
  'add',
  'avgPool2d',
  'concat',
  'flatten',
  'gelu',
  'hardsigmoid',
  'hardswish',
  'leakyReLU',
  'interpolate',
  'maxPool2d',
  'mul',
  'relu',
  'relu6',
  'sigmoid',
  'silu',
  'softmax',
  'tanh',
  'unflatten',
  // These have no options, and say SHAPE of what is no tensor.
  'rowMajor',
  'toArray',
  'whyOneThread', // takes nothing
  // These take any value, and say what is wrong with it.
  'readGraph',
  'readSpace',
];

it('every exported class and function is in a table here', () => {
  const covered = [...Object.keys(takers), ...Object.keys(wanted), ...others];
  expect(Object.keys(functions).filter((name) => !covered.includes(name))).toEqual([]);
  expect(covered.filter((name) => /^\w+$/.test(name) && functions[name] === undefined)).toEqual([
    'lookahead',
    'normalization',
    'shuffle',
    'augmentation',
    'earlyStopping',
  ]);
});

class Options {
  readonly stride = 1;
}
const noObjects = [null, 3, 10n, 'text', true, [], [1, 2], () => {}, Symbol('s'), new Map(), new Options()];

describe.each(Object.entries(takers))('the options of %s', (name, { take, right, names }) => {
  const all = names.split(/\s+/);

  it('are taken as they are, undefined ones as if they were absent', async () => {
    const given = { ...Object.fromEntries(all.map((option) => [option, undefined])), ...right };
    expect(await outcome(() => take(given as never))).toBe('done');
  });

  it('must be a plain object: ARGUMENT', async () => {
    if (spread.includes(name)) return;
    for (const value of noObjects)
      expect(await outcome(() => take(value as never))).toMatch(/^ARGUMENT: .*expected an object of options, found/);
  });

  it('have no others, and say which there are: ARGUMENT', async () => {
    for (const other of ['device', 'return_indices', '__proto__', 'toString', '']) {
      const given = JSON.parse(`{ "${other}": 1 }`);
      const message = await outcome(() => take(Object.assign(Object.create(null), right, given) as never));
      expect(message).toContain(`has no option '${other}'`);
      expect(message).toMatch(/^ARGUMENT: /);
      for (const option of all) expect(message).toContain(option);
    }
  });

  it('of whatever value are taken or refused with a HeddleError', async () => {
    const values = [...noObjects, Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 0, '', '0.9', false, {}, { a: 1 }];
    for (const option of all)
      for (const value of [...values, [Number.NaN], ['a'], new Date()])
        expect(await outcome(() => take({ ...right, [option]: value } as never))).not.toMatch(/^no HeddleError/);
  });
});

describe('a missing argument is named, with the call: ARGUMENT', () => {
  const incomplete = Object.entries(wanted).flatMap(([name, args]) =>
    Object.keys(args).map((missing, i) => [name, missing, Object.values(args).slice(0, i)] as const),
  );
  it.each(incomplete)('%s without %s', async (name, missing, args) => {
    expect(await outcome(() => call(name, args))).toMatch(
      ['importance', 'ranked', 'bestTrial'].includes(name)
        ? /^ARGUMENT: study must be one, as loadStudy gives it, not undefined/
        : new RegExp(`^ARGUMENT: ${name}: ${missing} is missing; write .*${name}\\(`),
    );
  });

  it.each([
    ['SGD', 'learningRate', []],
    ['SGD', 'learningRate', [{ momentum: 0.9 }]],
    ['SGD', 'learningRate', [{ learningRate: undefined }]],
    ['Model', 'inputShape', [network()]],
    ['Model', 'batchSize', [network(), { inputShape: [3] }]],
    ['Trainer', 'inputShape', [network()]],
    ['batches', 'batchSize', [dataset]],
    ['openStudy', 'halving', [path, { ...study, halving: undefined }]],
    ['readSpace', 'source', [study.space]],
  ])('%s without %s', async (name, missing, args) => {
    expect(await outcome(() => call(name, args))).toMatch(
      new RegExp(`^ARGUMENT: ${name}: ${missing} is missing; write .*${name}\\(`),
    );
  });

  it.each<[string, () => unknown]>([
    ['fit: train', () => Reflect.apply(trainer.fit, trainer, []).next()],
    ['fit: epochs', () => Reflect.apply(trainer.fit, trainer, [dataset]).next()],
    ['evaluate: dataset', () => Reflect.apply(trainer.evaluate, trainer, [])],
    ['restore: checkpoint', () => Reflect.apply(trainer.restore, trainer, [])],
    ['step: model', () => Reflect.apply(trained.optimizer.step, trained.optimizer, [])],
    ['forward: targets', () => Reflect.apply(new index.CrossEntropyLoss().forward, undefined, [[[1, 2]]])],
    ['shuffle: epoch', () => index.batches(dataset, { batchSize: 1, shuffle: { seed: 0 } as never })],
    ['normalization: std', () => index.batches(dataset, { batchSize: 1, normalization: { mean: 0 } as never })],
  ])('%s', async (missing, method) => {
    expect(await outcome(method)).toContain(`ARGUMENT: ${missing} is missing; write `);
  });
});

describe('options in the places of arguments, as PyTorch takes them, are answered by what to write: ARGUMENT', () => {
  it.each([
    ['MaxPool2d', [3, 2], 'write new MaxPool2d(kernelSize, { stride: 2 })'],
    ['MaxPool2d', [3, 2, 1], 'write new MaxPool2d(kernelSize, { stride: 2, padding: 1 })'],
    ['Conv2d', [1, 8, 3, 2], 'write new Conv2d(inChannels, outChannels, kernelSize, { stride: 2 })'],
    ['Conv2d', [1, 8, 3, 2, 1], 'write new Conv2d(inChannels, outChannels, kernelSize, { stride: 2, padding: 1 })'],
    [
      'Conv2d',
      [1, 8, 3, 2, 1, 2],
      'write new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, dilation, groups, bias, initial })',
    ],
    [
      'Conv2d',
      [1, 8, 3, 'same'],
      'write new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, dilation, groups, bias, initial })',
    ],
    ['Linear', [3, 4, false], 'write new Linear(inFeatures, outFeatures, { bias: false })'],
    ['BatchNorm2d', [3, 1e-3], 'write new BatchNorm2d(numFeatures, { eps: 0.001 })'],
    ['SGD', [0.1, 0.9], 'write new SGD({ learningRate: 0.1, momentum: 0.9 })'],
    ['Adam', [0.1], 'write new Adam({ learningRate: 0.1 })'],
    ['AdamW', [0.1, [0.8, 0.9]], 'write new AdamW({ learningRate: 0.1, betas: [0.8, 0.9] })'],
    ['CrossEntropyLoss', [0.1], 'write new CrossEntropyLoss({ weight: [1, 2], ignoreIndex, labelSmoothing })'],
    ['fashionNet', [0.2], 'write fashionNet({ dropout: 0.2 })'],
    ['Model', [network(), [3], 2], 'write new Model(network, { inputShape: [3], batchSize: 2 })'],
    ['Model', [network(), 2], 'write new Model(network, { inputShape: [1, 28, 28], batchSize: 100 })'],
    ['Trainer', [network(), trained.optimizer], 'found an object of class SGD; write new Trainer(network, {'],
    ['batches', [dataset, 32], 'write batches(dataset, { batchSize: 32 })'],
    ['Conv2d', [1, 8, 3, {}, 1], 'an argument too many, 1; write new Conv2d('],
    ['Dropout', [0.5, true], 'an argument too many, true; write new Dropout(p)'],
    ['Dropout2d', [0.5, true], 'an argument too many, true; write new Dropout2d(p)'],
    ['AvgPool2d', [3, 2, 1], 'write new AvgPool2d(kernelSize, { stride: 2, padding: 1 })'],
    ['ReLU', [true], 'an argument too many, true; write new ReLU()'],
    ['Flatten', [1], 'an argument too many, 1; write new Flatten()'],
    ['Identity', [1], 'an argument too many, 1; write new Identity()'],
    ['Hardsigmoid', [true], 'an argument too many, true; write new Hardsigmoid()'],
    ['Hardswish', [true], 'an argument too many, true; write new Hardswish()'],
    ['LeakyReLU', [0.1, true], 'an argument too many, true; write new LeakyReLU(negativeSlope)'],
    ['ReLU6', [true], 'an argument too many, true; write new ReLU6()'],
    ['Sigmoid', [1], 'an argument too many, 1; write new Sigmoid()'],
    ['L1Loss', [1], 'an argument too many, 1; write new L1Loss()'],
    ['MSELoss', [{ reduction: 'sum' }], "too many, an object of 'reduction'; write new MSELoss()"],
    ['SiLU', [true], 'an argument too many, true; write new SiLU()'],
    ['Softmax', [1, 2], 'an argument too many, 2; write new Softmax(dim)'],
    ['Tanh', [1], 'an argument too many, 1; write new Tanh()'],
    ['GELU', ['tanh'], "found 'tanh'; write new GELU({ approximate })"],
    ['AdaptiveAvgPool2d', [1, 1], 'an argument too many, 1; write new AdaptiveAvgPool2d(outputSize)'],
    ['StochasticDepth', [0.5, 'row', 1], "an argument too many, 1; write new StochasticDepth(p, 'row')"],
    ['Unflatten', [[3, 1, 1], 1], 'an argument too many, 1; write new Unflatten([channels, height, width])'],
    ['Sequential', [new ReLU(), new ReLU()], 'an argument too many, an object of class ReLU; write new Sequential(['],
    ['Sequential', [new ReLU()], 'found an object of class ReLU; write new Sequential([layer, …])'],
    ['Sequential', [new Map([['a', new ReLU()]])], 'found an object of class Map; write new Sequential([layer, …])'],
    ['Sequential', [3], 'found 3; write new Sequential([layer, …])'],
  ])('%s of %j: %s', async (name, args, advice) => {
    const message = await outcome(() => call(name, args));
    expect(message).toMatch(new RegExp(`^ARGUMENT: ${name}: `));
    expect(message).toContain(advice);
  });

  it('of fit', async () => {
    expect(await outcome(() => trainer.fit(dataset, 5 as never).next())).toBe(
      'ARGUMENT: fit: expected an object of options, found 5; write trainer.fit(train, { epochs: 5 })',
    );
  });
});

describe('an unknown option is answered by the one that was meant: ARGUMENT', () => {
  it.each([
    ['SGD', 'lr', "did you mean learningRate (PyTorch's lr)?"],
    ['Adam', 'lr', "did you mean learningRate (PyTorch's lr)?"],
    ['AdamW', 'weight_decay', "did you mean weightDecay (PyTorch's weight_decay)?"],
    ['Adam', 'beta1', 'did you mean betas?'],
    ['SGD', 'learningrate', "did you mean learningRate (PyTorch's lr)?"],
    ['SGD', 'momentem', 'did you mean momentum?'],
    ['Conv2d', 'pading', 'did you mean padding?'],
    ['Conv2d', 'pad', 'did you mean padding?'],
    ['Conv2d', 'Stride', 'did you mean stride?'],
    ['Conv2d', 'kernel_size', "; kernelSize (PyTorch's kernel_size) is an argument of its own: new Conv2d("],
    ['ConvTranspose2d', 'output_padding', "did you mean outputPadding (PyTorch's output_padding)?"],
    ['Linear', 'in_features', "; inFeatures (PyTorch's in_features) is an argument of its own: new Linear("],
    ['BatchNorm2d', 'num_features', "; numFeatures (PyTorch's num_features) is an argument of its own: new Batch"],
    ['Model', 'batch_size', "did you mean batchSize (PyTorch's batch_size)?"],
    ['Trainer', 'num_workers', "did you mean workers (PyTorch's num_workers)?"],
    ['batches', 'batch_size', "did you mean batchSize (PyTorch's batch_size)?"],
    ['CrossEntropyLoss', 'label_smoothing', "did you mean labelSmoothing (PyTorch's label_smoothing)?"],
    ['CrossEntropyLoss', 'ignore_index', "did you mean ignoreIndex (PyTorch's ignore_index)?"],
    ['BCEWithLogitsLoss', 'pos_weight', "did you mean posWeight (PyTorch's pos_weight)?"],
    ['trainer.fit', 'epoch', 'did you mean epochs?'],
    ['schedule of a step', 'step_size', "did you mean stepSize (PyTorch's step_size)?"],
    ['BatchNorm2d', 'track_running_stats', "did you mean trackRunningStats (PyTorch's track_running_stats)?"],
    ['LayerNorm', 'elementwise_affine', "did you mean elementwiseAffine (PyTorch's elementwise_affine)?"],
    ['schedule of a cosine', 'T_max', "did you mean totalSteps (PyTorch's T_max)?"],
    ['augmentation', 'flip', 'did you mean horizontalFlip?'],
    ['augmentation', 'mixUp', 'did you mean mixup?'],
    // Those that heddle has nothing like.
    ['Conv2d', 'padding_mode', "'padding_mode'; its options are stride, padding, dilation, groups, bias, initial"],
    ['Conv2d', 'device', "'device'; its options are stride, padding, dilation, groups, bias, initial"],
    ['MaxPool2d', 'ceil_mode', "did you mean ceilMode (PyTorch's ceil_mode)?"],
    ['MaxPool2d', 'return_indices', "'return_indices'; its options are stride, padding, dilation, ceilMode"],
    ['AvgPool2d', 'count_include_pad', "did you mean countIncludePad (PyTorch's count_include_pad)?"],
    ['Upsample', 'scale_factor', "did you mean scaleFactor (PyTorch's scale_factor)?"],
    ['Upsample', 'align_corners', "did you mean alignCorners (PyTorch's align_corners)?"],
    ['BatchNorm2d', 'device', "'device'; its options are eps, momentum"],
    ['SGD', 'maximize', "'maximize'; its options are learningRate"],
    ['CrossEntropyLoss', 'reduction', "'reduction'; its options are weight, ignoreIndex, labelSmoothing"],
  ])('%s %s', async (name, option, answer) => {
    const { take, right } = takers[name];
    const message = await outcome(() => take({ ...right, [option]: 1 } as never));
    expect(message).toMatch(/^ARGUMENT: /);
    expect(message).toContain(`'${option}'`);
    expect(message).toContain(answer);
  });
});

describe('a value of another kind is named: ARGUMENT', () => {
  const refused: [string, string, unknown][] = [
    ['Conv2d', 'bias', 'no'],
    ['Linear', 'bias', 0],
    ['MaxPool2d', 'ceilMode', 1],
    ['MaxPool2d', 'padding', 2],
    ['GELU', 'approximate', 'erf'],
    ['GELU', 'approximate', true],
    ['AvgPool2d', 'padding', [2, 0]],
    ['AvgPool2d', 'countIncludePad', 'no'],
    ['AvgPool2d', 'divisorOverride', 0],
    ['Upsample', 'size', 2],
    ['Upsample', 'scaleFactor', null],
    ['Upsample', 'scaleFactor', [2]],
    ['Upsample', 'scaleFactor', Infinity],
    ['Upsample', 'scaleFactor', '2'],
    ['Upsample', 'mode', 'bicubic'],
    ['Upsample', 'alignCorners', true],
    ['BatchNorm2d', 'momentum', '0.9'],
    ['BatchNorm2d', 'eps', null],
    ['BatchNorm2d', 'trackRunningStats', null],
    ['LayerNorm', 'elementwiseAffine', 1],
    ['GroupNorm', 'eps', -1],
    ['Model', 'frozen', 'features'],
    ['Trainer', 'frozen', [1]],
    ['SGD', 'momentum', '0.9'],
    ['SGD', 'dampening', null],
    ['SGD', 'nesterov', 1],
    ['Adam', 'betas', 0.9],
    ['Model', 'shards', 0],
    ['Model', 'shards', null],
    ['Model', 'seed', -1],
    ['Model', 'seed', '1'],
    ['Model', 'inputShape', 28],
    ['Model', 'inputShape', '1x28x28'],
    ['Model', 'inputGradient', 1],
    ['Model', 'fusion', 1],
    ['Model', 'arena', {}],
    ['Model', 'kernels', null],
    ['Trainer', 'inputShape', 28],
    ['Trainer', 'optimizer', 'sgd'],
    ['Trainer', 'optimizer', SGD],
    ['Trainer', 'optimizer', { type: 'SGD', lr: 0.1 }],
    ['Trainer', 'loss', null],
    ['Trainer', 'loss', 'CrossEntropyLoss'],
    ['Trainer', 'loss', index.CrossEntropyLoss],
    ['Trainer', 'schedule', 'cosine'],
    ['Trainer', 'schedule', null],
    ['Trainer', 'augmentation', true],
    ['Trainer', 'normalization', 0.5],
    ['Trainer', 'normalization', { mean: [0.5], std: [0.5] }],
    ['Trainer', 'layerModules', 'x'],
    ['Trainer', 'layerModules', [1]],
    ['Trainer', 'profile', 'yes'],
    ['Trainer', 'testTimeFlip', 1],
    ['Trainer', 'testTimeShift', true],
    ['Trainer', 'testTimeShift', 0.5],
    ['Trainer', 'maxGradientNorm', null],
    ['Trainer', 'averageDecay', null],
    ['Trainer', 'updateBn', 1.5],
    ['Trainer', 'updateBn', null],
    ['Trainer', 'lookahead', 5],
    ['Trainer', 'lookahead', { steps: 0 }],
    ['Trainer', 'lookahead', { alpha: 1.1 }],
    ['Trainer', 'lookahead', { steps: 5, k: 5 }],
    ['Trainer', 'dropLast', 1],
    ['Trainer', 'workers', '2'],
    ['Trainer', 'workers', null],
    ['Trainer', 'seed', -1],
    ['saveModel', 'normalization', 3],
    ['saveModel', 'normalization', { mean: 0 }],
    ['batches', 'shuffle', true],
    ['batches', 'dropLast', 1],
    ['batches', 'sampler', {}],
    ['gradcheck', 'rtol', '1'],
    ['exportOnnx', 'classes', 'ab'],
    ['exportOnnx', 'classes', [1, 2]],
    ['exportOnnx', 'normalization', 3],
    ['saveModel', 'transform', 'resizeCrop'],
    ['saveModel', 'testTimeFlip', 1],
    ['saveModel', 'testTimeShift', '1'],
    ['saveModel', 'recipe', [1]],
    ['saveModel', 'version', 2],
    ['exportOnnx', 'metadata', 3],
    ['trainer.fit', 'epochs', '3'],
    ['trainer.fit', 'sampler', {}],
    ['trainer.fit', 'sampler', null],
    ['trainer.fit', 'signal', {}],
    ['trainer.fit', 'signal', 3],
    ['trainer.fit', 'onStart', {}],
    ['trainer.fit', 'onStep', 5],
    ['trainer.fit', 'stopWhen', true],
    ['search', 'trials', 1.5],
    ['search', 'signal', {}],
    ['search', 'onChange', 5],
    ['openStudy', 'seed', '1'],
    ['openStudy', 'sampler', 'grid'],
    ['model.loadStateDict', 'strict', 'no'],
  ];
  it.each(refused)('%s %s of %p', async (name, option, value) => {
    const { take, right } = takers[name];
    expect(await outcome(() => take({ ...right, [option]: value } as never))).toMatch(
      new RegExp(`^ARGUMENT: .*${option}`),
    );
  });

  it.each([3, 0, null, [], new Options(), {}])('a data set of %p', async (value) => {
    const found = /^ARGUMENT: expected a data set, such as tensorDataset\(inputs, targets\) makes, found/;
    for (const name of ['test', 'validation'])
      expect(await outcome(() => train({ epochs: 0, [name]: value }))).toMatch(found);
    for (const name of ['batches', 'firstSamples', 'randomSplit'])
      expect(await outcome(() => call(name, [value, name === 'batches' ? { batchSize: 1 } : 1]))).toMatch(found);
    expect(await outcome(() => call('pixelStatistics', [value]))).toMatch(found);
    expect(await outcome(() => trainer.fit(value as never, { epochs: 1 }).next())).toMatch(found);
    expect(await outcome(() => trainer.evaluate(value as never))).toMatch(found);
  });

  it.each<[string, unknown[], string]>([
    ['Model', [{}, takers.Model.right], 'network must be a module or a graph, model.graph, not an empty object'],
    ['Model', [SGD, takers.Model.right], 'network must be a module or a graph, model.graph, not a function'],
    ['Trainer', [[], trained], 'network must be a module or a graph, model.graph, not a list of 0'],
    ['exportOnnx', [network()], 'model must be a Model'],
    ['transferWeights', [network(), new Map()], 'model must be a Model'],
    ['transferWeights', [model, 'fc.weight'], 'the state dict: expected a Map or an object'],
    ['frozenBy', [network(), new Map(), ['0']], 'graph must be the graph of a network, model.graph, not'],
    ['frozenBy', [model.graph, new Map(), '0'], 'patterns must be a list'],
    ['frozenBy', [model.graph, [], ['0']], 'the state dict: expected a Map or an object'],
    ['Conv2d', [3, 8, 3, { padding: 'same' }], "must be a whole number, or two of them: [height, width], not 'same'"],
    ['Conv2d', [3, 8, { kernel_size: 3 }], "two of them: [height, width], not an object of 'kernel_size'"],
    ['Adam', [{ betas: 0.9 }], 'Adam betas must be two numbers from 0 to below 1, not 0.9'],
    ['Adam', [{ betas: [0.9, 1] }], 'Adam betas[1] must be from 0 to below 1, not 1'],
    ['LeakyReLU', ['0.1'], "LeakyReLU negativeSlope must be a number, not '0.1'"],
    ['LeakyReLU', [Number.NaN], 'LeakyReLU negativeSlope must be a number, not NaN'],
    ['Softmax', ['1'], "Softmax dim must be a whole number from -4 to 3, not '1'"],
    ['AdaptiveAvgPool2d', ['7'], 'AdaptiveAvgPool2d outputSize must be'],
    ['StochasticDepth', [1.5, 'row'], 'StochasticDepth p must be from 0 to 1, not 1.5'],
    ['StochasticDepth', [0.5, 'rows'], "StochasticDepth mode must be one of batch, row, not 'rows'"],
    ['AdaptiveAvgPool2d', [null], 'AdaptiveAvgPool2d outputSize must be'],
    ['AdaptiveAvgPool2d', [[null, 0]], 'AdaptiveAvgPool2d outputSize must be'],
    ['MaxPool2d', [[2, 3], { padding: 2 }], 'MaxPool2d padding must be at most half of kernelSize, not 2 of (2, 3)'],
    ['MaxPool2d', [1e6], 'MaxPool2d kernelSize must be of at most 2147483647 pixels, not 1000000'],
    ['Upsample', [], 'expected size or scaleFactor, and not both; write new Upsample('],
    ['Upsample', [{ size: 1, scaleFactor: 1 }], 'expected size or scaleFactor, and not both; write new Upsample('],
    ['Dropout2d', [2], 'Dropout2d p must be'],
    ['Unflatten', [3], 'Unflatten shape must be [channels, height, width], not 3'],
    ['Unflatten', [[3, 1, 0.5]], 'Unflatten shape must be a whole number of 1 or more, not 0.5'],
    ['subset', [dataset, null], 'places must be a list of one or more, not null'],
    ['subset', [dataset, '01'], "places must be a list of one or more, not '01'"],
    ['subset', [dataset, []], 'places must be a list of one or more, not a list of 0'],
    ['subset', [dataset, [dataset.count]], 'places[0] must be a whole number from 0 to '],
    ['randomSplit', [dataset, [3, 1]], 'found a list of 2'],
    ['randomSplit', [dataset, 1, -1], 'seed must be a whole number from 0 to 4294967295, not -1'],
    ['registerLayer', [ReLU, ReLU], 'registerLayer type must be a string'],
    ['registerLayer', ['Another', new ReLU()], 'registerLayer layer must be a function'],
    ['registerLayer', ['ReLU', index.Flatten], "there is another layer of type 'ReLU'; give yours a type of its own"],
    ['registerLoss', [index.CrossEntropyLoss, 'Focal'], 'registerLoss type must be a string'],
    ['registerLoss', ['Focal', new index.CrossEntropyLoss()], 'registerLoss loss must be a function'],
    ['registerLoss', ['CrossEntropyLoss', ReLU], "there is another loss of type 'CrossEntropyLoss'"],
    ['registerOptimizer', [SGD, 'Lion'], 'registerOptimizer type must be a string'],
    ['registerOptimizer', ['Lion', trained.optimizer], 'registerOptimizer optimizer must be a function'],
    ['registerOptimizer', ['Adam', SGD], "there is another optimizer of type 'Adam'"],
    ['Optimizer', [], 'options of Optimizer must be an object, not undefined'],
    ['Optimizer', [{}], 'Optimizer learningRate must be a number of 0 or more, not undefined'],
    ['learningRateFactor', [{ type: 'cosine', totalSteps: 5 }, -1], 'step must be a whole number'],
    ['encodeNpy', [3], 'tensor must have a shape and data'],
    ['decodeNpy', [[1, 2, 3]], 'npy: expected its bytes, a Uint8Array or an ArrayBuffer; found a list of 3'],
    ['encodeSafetensors', [3], 'tensors: expected a Map or an object, { name: value }; found 3'],
    ['encodeSafetensors', [new Map([['a', null]])], "tensor 'a': expected"],
    ['encodeSafetensors', [new Map(), 3], 'metadata: expected a Map or an object, { name: value }; found 3'],
    ['decodeSafetensors', ['text'], "safetensors: expected its bytes, a Uint8Array or an ArrayBuffer; found 'text'"],
    [
      'decodeImage',
      ['picture.png'],
      "the image: expected its bytes, a Uint8Array or an ArrayBuffer; found 'picture.png'",
    ],
    ['decodeCheckpoint', [null], 'checkpoint: expected its bytes, a Uint8Array or an ArrayBuffer; found null'],
    ['toInput', [{ height: 1, width: 1, pixels: [1] }], 'image.pixels: expected its bytes'],
    ['toInput', [{ height: 1, width: 1, pixels: new Uint8Array(1) }], 'image.channels must be 1 or 3, not undefined'],
    ['readIdx', [path, 2], 'dimensions must be 3 for images or 1 for labels, not 2'],
    ['readIdx', [3, 1], 'path must be a string, not 3'],
    ['readImage', [3], 'path must be a string, not 3'],
    ['fetchIdx', [path, 2], 'dimensions must be 3 for images or 1 for labels, not 2'],
    ['fetchIdx', [3, 1], 'url must be a string, not 3'],
    ['fetchMnist', [folder, 'val'], "split must be one of train, test, not 'val'"],
    ['decodeModel', [3], 'model: expected its bytes, a Uint8Array or an ArrayBuffer; found 3'],
    ['encodeModel', [network()], 'model must be a Model'],
    ['loadMnistFolder', [folder, 'val'], "split must be one of train, test, not 'val'"],
    ['loadMnistFolder', [null, 'train'], 'folder must be a string, not null'],
    ['loadCheckpoint', [3], 'folder must be a string, not 3'],
    ['saveCheckpoint', [3, checkpoint], 'folder must be a string, not 3'],
    ['saveCheckpoint', [folder, { checkpoint }], "has no option 'checkpoint'"],
    ['saveSafetensors', [3, new Map()], 'path must be a string, not 3'],
    ['saveSafetensors', [path, null], 'tensors: expected a Map or an object, { name: value }; found null'],
    ['saveSafetensors', [path, new Map(), 'pt'], "metadata: expected a Map or an object, { name: value }; found 'pt'"],
    ['loadSafetensors', [3], 'path must be a string, not 3'],
    ['saveModel', [3, model], 'path must be a string, not 3'],
    ['saveModel', [path, network()], 'model must be a Model'],
    ['saveModel', [path, model, { classes: 'ab' }], 'classes must be'],
    ['loadModel', [3], 'path must be a string, not 3'],
    ['loadSpace', [3], 'path must be a string, not 3'],
    ['loadStudy', [3], 'path must be a string, not 3'],
    ['search', [3, () => {}], "journal must be a study's"],
    ['search', [journal, 3], 'objective must be a function, not 3'],
    ['joinSearch', [3, () => {}], "machines must be a job's, as joinMachines gives it, not 3"],
    ['joinSearch', [job, 3], 'objective must be a function, not 3'],
    ['importance', [3], 'study must be one, as loadStudy gives it, not 3'],
    ['bestTrial', [null], 'study must be one, as loadStudy gives it, not null'],
    ['readSpace', [{ lr: { low: 0, high: 1 } }, 3], 'source must be a string, not 3'],
    ['Sequential', [[ReLU]], "child '0': expected a layer"],
    ['Sequential', [Object.assign(new Array(3), { 0: new ReLU(), 2: new ReLU() })], "child '1': expected a layer"],
  ])('%s of %p: %s', async (name, args, part) => {
    const message = await outcome(() => call(name, args));
    expect(message).toMatch(/^ARGUMENT: /);
    expect(message).toContain(part);
  });

  it('a state dict with a name that has no tensor, STATE_DICT', async () => {
    const state = new Map([...model.stateDict(), ['0.bias', null]]);
    expect(await outcome(() => model.loadStateDict(state as never))).toMatch(/^STATE_DICT: .*0\.bias is no tensor/);
  });

  it('an inputShape that is no list, of a Trainer of a graph too', async () => {
    const { graph } = model;
    expect(await outcome(() => new Trainer(graph, { inputShape: 28 as never }))).toMatch(
      /^ARGUMENT: inputShape must be/,
    );
  });
});
