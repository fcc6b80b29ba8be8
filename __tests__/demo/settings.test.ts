import { describe, expect, it } from '@jest/globals';
import { commandOf, defaultSettings, readSettings, settingsText } from '../../demo/settings.js';
import { thrown } from '../support/thrown.js';

const read = (text: string) => readSettings(new URLSearchParams(text));

describe('the settings in the demo’s address', () => {
  it('come back from the text that they are written as', () => {
    const settings = {
      network: 'fashion',
      lr: 0.15,
      'batch-size': 100,
      epochs: 2,
      limit: 5000,
      seed: 7,
      workers: 2,
    } as const;
    expect(read(settingsText(settings))).toEqual(settings);
    expect(read(settingsText(defaultSettings))).toEqual(defaultSettings);
  });

  it('have defaults where they are left out, and workers where the form leaves them empty', () => {
    expect(read('seed=3&workers=')).toEqual({ ...defaultSettings, seed: 3 });
  });

  it.each([
    ['lr=fast', "lr: expected a number, found 'fast'"],
    ['lr=', "lr: expected a number, found ''"],
    ['lr=-1', 'lr must be a number of 0 or more, not -1'],
    ['network=vgg', "network must be one of lenet5, fashion, not 'vgg'"],
    ['batch-size=2.5', 'batch-size must be a whole number from 1 to 1000, not 2.5'],
    ['limit=60001', 'limit must be a whole number from 1 to 60000, not 60001'],
    [
      'toString=1',
      "'toString' in the address is no setting; there are network, lr, batch-size, epochs, limit, seed, workers",
    ],
  ])('of %s are refused', (text, message) => {
    expect(thrown(() => read(text))).toBe(`ARGUMENT: ${message}`);
  });

  it('are a command of train, which knows no workers', () => {
    expect(commandOf({ ...defaultSettings, workers: 2 }, 3)).toBe(
      'node dist/train.js --network lenet5 --lr 0.1 --batch-size 50 --epochs 3 --limit 60000 --seed 0 --json',
    );
  });
});
