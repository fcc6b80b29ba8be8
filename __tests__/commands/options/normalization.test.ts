import { describe, expect, it } from '@jest/globals';
import { assumedNormalization, checkGiven, givenNormalization } from '../../../src/commands/options/normalization.js';
import { positiveNumbers, signedNumbers } from '../../../src/commands/options/parsers.js';
import { thrown } from '../../support/thrown.js';

describe('--mean and --std', () => {
  it('are one number, or one for each channel', () => {
    expect([signedNumbers('-1.5e0'), signedNumbers('0.485,0,-1')]).toEqual([-1.5, [0.485, 0, -1]]);
    expect([positiveNumbers('2'), positiveNumbers('0.229,0.224,0.225')]).toEqual([2, [0.229, 0.224, 0.225]]);
  });

  it.each(['', ' ', 'x', '0x1', '1,', ',1', '1,,2', '1;2', '1e999', 'NaN'])('refuse %j', (text) => {
    for (const read of [signedNumbers, positiveNumbers]) expect(() => read(text)).toThrow('It must be a number');
  });

  it.each(['0', '-1', '1,0'])('refuse %j as the second', (text) => {
    expect(() => positiveNumbers(text)).toThrow('above 0');
  });

  it.each([[{ mean: 0.5 }], [{ std: [1, 2, 3] }]])('refuse %j alone as ARGUMENT', (options) => {
    expect(thrown(() => givenNormalization(options))).toMatch(/^ARGUMENT: .*both/);
  });

  it('are refused as ARGUMENT where they are for other channels than the input has', () => {
    checkGiven({ mean: [0, 1], std: 1 }, [2, 5, 5]);
    expect(thrown(() => checkGiven({ mean: [0, 1], std: 1 }, [3, 5, 5]))).toMatch(
      /^ARGUMENT: --mean and --std: .*3 channels, not \[0, 1\]/,
    );
  });
});

describe('without --mean, --std or a file that says them', () => {
  it('the Fashion-MNIST network has 0.286 and 0.353, and a line that names the options', () => {
    const { normalization, note } = assumedNormalization('weights', true);
    expect(normalization).toEqual({ mean: 0.286, std: 0.353 });
    expect(note).toMatch(/^note: [^\n]*0\.286 [^\n]*0\.353\. [^\n]*--mean and --std[^\n]*\n$/);
  });

  it('another network is refused as ARGUMENT, with the file and what to give', () => {
    expect(thrown(() => assumedNormalization('my.safetensors', false))).toMatch(
      /^ARGUMENT: my\.safetensors .* --mean 0\.485,0\.456,0\.406 --std/,
    );
  });
});
