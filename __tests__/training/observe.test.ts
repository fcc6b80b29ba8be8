import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { Conv2d, Flatten, Linear, ReLU, Sequential, SGD } from '../../dist/index.js';
import { observe, type RunEvent, Trainer } from '../../dist/node.js';
import { rowMajor } from '../../src/tensor/view.js';
import { answersOf } from '../../src/training/insights.js';
import { syntheticDataset } from '../support/dataset.js';

const images = { classes: 4, channels: 3, size: 70, width: 6 };
const train = syntheticDataset(110, images);
const test = syntheticDataset(37, { ...images, sample: 1 });
const validation = syntheticDataset(22, { ...images, sample: 2 });

const network = () =>
  new Sequential({
    first: new Conv2d(3, 5, [3, 2], { stride: 3 }),
    relu: new ReLU(),
    flatten: new Flatten(),
    last: new Linear(5 * 23 * 2, 4),
  });
const trainer = new Trainer(network(), {
  inputShape: [3, 70, 6],
  optimizer: new SGD({ learningRate: 0.05 }),
  schedule: { type: 'cosine', totalSteps: 8 },
  batchSize: 32,
  workers: 2,
});
const events: RunEvent[] = [];
const of = <Name extends RunEvent['event']>(name: Name) =>
  events.filter((event): event is RunEvent & { event: Name } => event.event === name);
/** Of the last step. */
let gradient: number[] = [];

beforeAll(async () => {
  const listen = (event: RunEvent) => {
    events.push(structuredClone(event));
    if (event.event === 'norms') gradient = Array.from(trainer.model.parameters[0].gradient);
  };
  const hooks = observe(trainer, listen, { test, validation, insights: true });
  for await (const _ of trainer.fit(train, { epochs: 2, test, validation, ...hooks }));
});
afterAll(() => trainer.close());

const relative = (found: number, expected: number) => Math.abs(found - expected) / Math.abs(expected);
const valuesOf = (name: string) => {
  const view = trainer.stateDict().get(name);
  return view ? Array.from(rowMajor(view), Number) : [];
};
const norm = (values: Iterable<number>) => Math.hypot(...values);

describe('what a listener hears of two epochs of four steps', () => {
  it('are plain records: JSON gives them back', () => {
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });

  it('steps with the loss and accuracy of each, whose means by samples are the epoch’s, to 1e-12', () => {
    const steps = of('step');
    expect(steps.map(({ epoch, step, stepsDone }) => [epoch, step, stepsDone])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step > 4 ? 2 : 1, ((step - 1) % 4) + 1, step]),
    );
    const samples = [32, 32, 32, 14];
    for (const epoch of [steps.slice(0, 4), steps.slice(4)])
      for (const name of ['loss', 'accuracy'] as const) {
        const sum = epoch.reduce((total, { ofStep }, step) => total + samples[step] * (ofStep[name] ?? 0), 0);
        expect(Math.abs(sum / 110 - (epoch[3][name] ?? 0))).toBeLessThan(1e-12);
      }
    for (const [step, { ofStep }] of steps.entries())
      expect(samples[step % 4] * (ofStep.accuracy ?? 0)).toBeCloseTo(
        Math.round(samples[step % 4] * (ofStep.accuracy ?? 0)),
        9,
      );
  });

  it('the learning rate by which each step was taken, by a cosine from 0.05 on', () => {
    const rates = of('step').map(({ learningRate }) => learningRate);
    expect(rates[0]).toBe(0.05);
    expect(rates.toSorted((a, b) => b - a)).toEqual(rates);
  });

  it('the norms of each parameter and its gradient at the first and last step of an epoch, to 1e-6', () => {
    expect(of('norms').map(({ stepsDone }) => stepsDone)).toEqual([1, 4, 5, 8]);
    const last = of('norms').at(-1)?.parameters ?? [];
    expect(last.map(({ name }) => name)).toEqual(['first.weight', 'first.bias', 'last.weight', 'last.bias']);
    for (const { name, weight } of last) expect(relative(weight, norm(valuesOf(name)))).toBeLessThan(1e-6);
    expect(relative(last[0].gradient, norm(gradient))).toBeLessThan(1e-6);
    expect(last[0].gradient).toBeGreaterThan(0);
  });

  it('the first convolution’s weights as state_dict has them', () => {
    const { name, shape, values } = of('filters').at(-1) ?? { name: '' };
    expect([name, shape, values]).toEqual(['first.weight', [5, 3, 3, 2], valuesOf('first.weight')]);
  });

  it('after each epoch each set’s confusion matrix and surest mistakes, which are those of evaluate', async () => {
    expect(of('answers').map(({ epoch, set }) => [epoch, set])).toEqual([
      [1, 'validation'],
      [1, 'test'],
      [2, 'validation'],
      [2, 'test'],
    ]);
    const { predictions, probabilities, accuracy } = await trainer.evaluate(test, { probabilities: true });
    const { confusionMatrix, mistakes } = of('answers')[3];
    const right = confusionMatrix.reduce((sum, row, label) => sum + row[label], 0);
    expect(right / 37).toBeCloseTo(accuracy ?? -1, 12);
    for (const [label, row] of confusionMatrix.entries())
      for (const [prediction, count] of row.entries()) {
        const indices = Array.from(test.targets.keys()).filter(
          (index) => test.targets[index] === label && predictions?.[index] === prediction,
        );
        expect(count).toBe(indices.length);
        if (label === prediction) continue;
        const shown = mistakes.filter((mistake) => mistake.label === label && mistake.prediction === prediction);
        const surest = indices.map((index) => probabilities?.get(index, prediction) ?? 0).toSorted((a, b) => b - a);
        expect(shown.map(({ confidence }) => confidence)).toEqual(surest);
      }
  });

  it('a mistake’s picture in pixels of three channels, made smaller to 64 rows', () => {
    const [{ image }] = of('answers')[0].mistakes;
    expect([image?.width, image?.height, image?.channels]).toEqual([5, 64, 3]);
    expect(Buffer.from(image?.pixels ?? '', 'base64').length).toBe(5 * 64 * 3);
  });
});

it('of 900 mistakes 200 are shown: the 24 surest, and as many of each of 12 cells as there is room for', () => {
  const dataset = syntheticDataset(1200, { classes: 4, size: 1 });
  // Image i, of class i mod 4, is taken for each class in turn, the surer the earlier it comes.
  const predictions = Int32Array.from({ length: 1200 }, (_, i) => Math.floor(i / 4) % 4);
  const probabilities = ndarray(
    Float32Array.from({ length: 4800 }, (_, i) => 1 - i / 4800),
    [1200, 4],
  );
  const evaluation = { epoch: 1, set: 'test', loss: 1, predictions, probabilities } as const;
  const mistakes = answersOf(evaluation, dataset, 4)?.mistakes ?? [];
  const all = Array.from(predictions.keys()).filter((i) => i % 4 !== predictions[i]);
  expect(all.length).toBe(900);
  expect(mistakes.slice(0, 24).map(({ index }) => index)).toEqual(all.slice(0, 24));
  const counts = new Map<string, number>();
  for (const { label, prediction } of mistakes)
    counts.set(`${label} ${prediction}`, (counts.get(`${label} ${prediction}`) ?? 0) + 1);
  expect([mistakes.length, counts.size, Math.min(...counts.values())]).toEqual([200, 12, 16]);
});

it('without insights it hears of steps and evaluations alone', async () => {
  const heard = new Set<string>();
  const hooks = observe(trainer, ({ event }) => heard.add(event), { test });
  for await (const _ of trainer.fit(train, { epochs: 1, test, ...hooks }));
  expect([...heard]).toEqual(['step', 'evaluation']);
});
