import { describe, expect, it } from '@jest/globals';
import {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  type Dataset,
  Linear,
  type Loss,
  MSELoss,
  ReLU,
  Sequential,
  SGD,
  tensorDataset,
} from '../../dist/index.js';
import { type EpochReport, Trainer } from '../../dist/node.js';
import { formulaValues } from '../support/formula.js';

const [FEATURES, OUTPUTS, EPOCHS, PATIENCE] = [5, 8, 14, 2];

/** Rows of numbers with targets that they do not tell, so that all metrics go up and down. */
function sets(floats: boolean): Record<'train' | 'validation' | 'test', Dataset> {
  const of = (count: number, seed: number) => {
    const inputs = { data: formulaValues(seed, 0, count * FEATURES), shape: [count, FEATURES] };
    const drawn = formulaValues(seed, 1, count * OUTPUTS);
    return floats
      ? tensorDataset(inputs, { data: drawn.map((value) => Number(value > 0)), shape: [count, OUTPUTS] })
      : tensorDataset(
          inputs,
          Int32Array.from(drawn.subarray(0, count), (value) => Math.floor((value + 1) * 4)),
        );
  };
  return { train: of(30, 1), validation: of(21, 2), test: of(19, 3) };
}

const losses = {
  accuracy: [new CrossEntropyLoss(), 'Accuracy', false],
  'top-5 accuracy': [new CrossEntropyLoss(), 'Top5Accuracy', false],
  'label accuracy': [new BCEWithLogitsLoss(), 'LabelAccuracy', true],
  'mean absolute error': [new MSELoss(), 'MeanAbsoluteError', true],
} as const satisfies Record<string, readonly [Loss, string, boolean]>;

describe.each(Object.entries(losses))('early stopping by %s', (_, [loss, metric, floats]) => {
  it.each(['train', 'validation', 'test'] as const)(
    'of the %s set ends 2 epochs behind the best, the first of equals, or after 14, and leaves the best one’s weights',
    async (set) => {
      const { train, ...others } = sets(floats);
      const network = new Sequential([new Linear(FEATURES, 12), new ReLU(), new Linear(12, OUTPUTS)]);
      const optimizer = new SGD({ learningRate: 1, momentum: 0.9 });
      const trainer = new Trainer(network, { inputShape: [FEATURES], loss, optimizer, batchSize: 8, workers: 1 });
      const [values, hashes]: [number[], string[]] = [[], []];
      const name = `${set}${metric}` as const;
      const earlyStopping = { patience: PATIENCE, metric: name };
      for await (const report of trainer.fit(train, { epochs: EPOCHS, earlyStopping, ...others })) {
        values.push((report as Required<EpochReport>)[name]);
        hashes.push(trainer.weightsHash());
      }
      const best = values.indexOf(metric.endsWith('Error') ? Math.min(...values) : Math.max(...values));
      expect(values).toHaveLength(Math.min(EPOCHS, best + 1 + PATIENCE));
      expect(new Set(values).size).toBeGreaterThan(1);
      expect([trainer.bestEpoch, trainer.weightsHash()]).toEqual([best + 1, hashes[best]]);
      expect(new Set(hashes).size).toBe(hashes.length);
      await trainer.close();
    },
  );
});
