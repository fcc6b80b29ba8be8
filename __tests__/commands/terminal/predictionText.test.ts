import { describe, expect, it } from '@jest/globals';
import { predictionLines, predictionText } from '../../../src/commands/terminal/predictionText.js';

const names = ['a class of a rather long name', 'another one of its kind', 'third'];
const prediction = {
  source: { file: 'folder/picture.png' },
  trueClass: undefined,
  input: { shape: [3, 96, 48] as const, pixels: new Uint8Array(3 * 96 * 48).fill(255) },
  top: [0.5, 0.4999, 0.0001].map((probability, i) => ({ class: names[i], probability })),
  unsure: true,
};

describe('predictionText', () => {
  it('draws 96×48 pixels in 16 lines of 16 characters, beside classes of at most 20 characters, in at most 80 columns', () => {
    const [heading, ...lines] = predictionText(prediction, 1).trimEnd().split('\n');
    expect(heading).toBe('folder/picture.png: unsure, perhaps a class of a rather…');
    expect(lines).toHaveLength(16);
    for (const line of lines) {
      expect(line.slice(0, 16)).toBe('@'.repeat(16));
      expect(line.length).toBeLessThanOrEqual(80);
    }
    expect(lines[7].slice(16)).toBe('  another one of its …   49.99%  ███████');
  });

  it('goes on below the picture where there are more classes than lines', () => {
    const input = { shape: [1, 2, 2] as const, pixels: new Uint8Array(4) };
    const lines = predictionText({ ...prediction, input }, 1)
      .split('\n')
      .slice(1, 4);
    expect(lines.map((line) => line.slice(4, 16))).toEqual(['a class of a', 'another one ', 'third       ']);
  });
});

describe('predictionLines', () => {
  const source = { file: `${'folder/'.repeat(20)}picture.png` };

  it('cuts a long path in its middle and leaves out classes for which there is no room, to fit 80 columns', () => {
    const [first, second] = predictionLines([{ ...prediction, source }, prediction], 80).split('\n');
    expect(first).toBe('folder/folder…/folder/folder/picture.png  unsure: a class of a rather… 50.0%');
    expect(first.length).toBeLessThanOrEqual(80);
    expect(second).toBe(`${'folder/picture.png'.padEnd(40)}  unsure: a class of a rather… 50.0%`);
  });

  it('has whole paths where there is room without end, and no class of less than a thousandth', () => {
    expect(predictionLines([{ ...prediction, source }], Number.POSITIVE_INFINITY)).toBe(
      `${source.file}  unsure: a class of a rather… 50.0%, another one of its … 50.0%\n`,
    );
  });
});
