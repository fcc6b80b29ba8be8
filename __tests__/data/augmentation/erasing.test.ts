import { describe, expect, it } from '@jest/globals';
import { drawShare } from '../../../src/data/augmentation/mixup.js';
import type { Augmentation } from '../../../src/data/augmentation.js';
import { tensorDataset } from '../../../src/data/tensorDataset.js';
import { bound, dataset, draws, gathering, images, inputs, PADDING, scaled } from '../../support/augmentedInputs.js';

/** The rectangle of zeros in an input; undefined where there is none, an Error where zeros are anything else. */
function erasedIn(input: readonly number[][][]) {
  const places = input[0].flatMap((row, y) => row.flatMap((value, x) => (value === 0 ? [[y, x]] : [])));
  if (places.length === 0) return undefined;
  const [top, left] = [0, 1].map((axis) => Math.min(...places.map((place) => place[axis])));
  const [bottom, right] = [0, 1].map((axis) => Math.max(...places.map((place) => place[axis])));
  const [height, width] = [bottom - top + 1, right - left + 1];
  if (places.length !== height * width) throw new Error(`${places.length} zeros in a box of ${height}×${width}`);
  return { top, left, height, width };
}

describe('random erasing', () => {
  const SIZE = 28;
  const grey = tensorDataset({ data: new Uint8Array(2 * SIZE * SIZE).fill(200), shape: [1, 2, SIZE, SIZE] }, [0]);
  const found = draws(gathering(grey, { randomErasing: 0.6 }), 50, { data: grey });
  const rectangles = found.map(erasedIn).filter((rectangle) => rectangle !== undefined);
  const count = rectangles.length;

  it('of probability 0.6 makes one rectangle of 0 in 60% of 5,000 draws to 5 standard deviations, in both channels, and leaves all else', () => {
    expect(Math.abs(count - 3000)).toBeLessThan(bound(5000, 0.6));
    const wrong = found.filter(([first, second]) => {
      const [values, others] = [first.flat(), second.flat()];
      return values.some((value, i) => (value !== 0 && value !== scaled(200)) || value !== others[i]);
    });
    expect(wrong).toEqual([]);
  });

  it('takes 2% to 33% of the area at a ratio of 0.3 to 3.3, but for the rounding of both sides to whole pixels', () => {
    const area = SIZE * SIZE;
    const wrong = rectangles.filter(({ height, width }) => {
      const [least, most] = [(height + 0.5) * (width + 0.5), (height - 0.5) * (width - 0.5)];
      const [highest, lowest] = [(height + 0.5) / (width - 0.5), (height - 0.5) / (width + 0.5)];
      return !(least >= 0.02 * area && most <= 0.33 * area && highest >= 0.3 && lowest <= 3.3);
    });
    expect(wrong).toEqual([]);
  });

  it('spreads areas evenly, tall and wide ones, and places to 5 standard deviations and the 1% that do not fit', () => {
    const share = (holds: (rectangle: (typeof rectangles)[number]) => boolean) => rectangles.filter(holds).length;
    const off = (number: number, p: number) => Math.abs(number - count * p) - bound(count, p) - 0.01 * count;
    // Thirds of 2% … 33%; rounding moves an area that is at most half a pixel a side from the border, both ways alike.
    const shareOfArea = ({ height, width }: { height: number; width: number }) => (height * width) / (SIZE * SIZE);
    for (const [from, to] of [
      [0, 0.1233],
      [0.1233, 0.2267],
      [0.2267, 1],
    ])
      expect(
        off(
          share((rectangle) => shareOfArea(rectangle) >= from && shareOfArea(rectangle) < to),
          1 / 3,
        ),
      ).toBeLessThan(0);
    const [tall, wide] = [share(({ height, width }) => height > width), share(({ height, width }) => width > height)];
    // ln 3.3 / ln 11 of the ratios are above 1: 0.498.
    expect(Math.abs(tall - 0.498 * (tall + wide)) - bound(tall + wide, 0.498) - 0.01 * count).toBeLessThan(0);
    // Beyond 2, ln(3.3 / 2) / ln 11 of them: evenly spread logarithms; half a pixel counts here too.
    expect(
      off(
        share(({ height, width }) => height > 2 * width),
        0.209,
      ),
    ).toBeLessThan(0.02 * count);
    for (const [start, length] of [
      ['top', 'height'],
      ['left', 'width'],
    ] as const) {
      const sum = rectangles.reduce((total, rectangle) => total + rectangle[start] / (SIZE - rectangle[length]), 0);
      // A place from 0 to 1 has a deviation of at most 1/2.
      expect(Math.abs(sum / count - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(count));
      expect(share((rectangle) => rectangle[start] === 0)).toBeGreaterThan(0);
      expect(share((rectangle) => rectangle[start] + rectangle[length] === SIZE)).toBeGreaterThan(0);
    }
  });

  it('comes after flip and crop: 300 inputs are those of a crop by hand where they are not 0', () => {
    const all = { horizontalFlip: 0.5, randomCrop: PADDING, randomErasing: 0.5 };
    const candidates = [...inputs[0].keys()].map((text) => (JSON.parse(text) as number[][][]).flat(2));
    for (const input of draws(gathering(dataset, all), 3)) {
      erasedIn(input);
      const values = input.flat(2);
      expect(
        candidates.some((candidate) => candidate.every((value, i) => values[i] === 0 || values[i] === value)),
      ).toBe(true);
    }
  });
});

it.each([1, 4, 5, 9])(
  'Cutout of %d pixels makes 0 of the square around some point, in both channels, and leaves all else of 200 images',
  (side) => {
    const grey = tensorDataset({ data: new Uint8Array(140).fill(200), shape: [1, 2, 7, 10] }, [0]);
    // The authors' code: a mask is 0 from the point less half of the side on, as far as there are pixels.
    const isCut = (at: number, point: number) =>
      at >= point - Math.floor(side / 2) && at < point - Math.floor(side / 2) + side;
    const masked = (row: number, column: number) =>
      Array.from({ length: 7 }, (_, y) =>
        Array.from({ length: 10 }, (_, x) => (isCut(y, row) && isCut(x, column) ? 0 : scaled(200))),
      );
    const wanted = new Set(Array.from({ length: 70 }, (_, i) => JSON.stringify(masked(Math.floor(i / 10), i % 10))));
    const found = draws(gathering(grey, { cutout: side }), 2, { data: grey });
    for (const [first, second] of found) {
      expect(second).toEqual(first);
      expect(wanted).toContain(JSON.stringify(first));
    }
  },
);

describe('Cutout comes last but for MixUp:', () => {
  const grey = tensorDataset([[images[0][0]], [images[1][0]]] as number[][][][], [0, 1]);
  const others = { horizontalFlip: 0.5, randomCrop: PADDING, cropPadding: 'symmetric', trivialAugment: true } as const;
  const inputsOf = (augmentation: Partial<Augmentation>) => draws(gathering(grey, augmentation), 1, { data: grey });

  it('100 inputs with it are those without it where they are not 0, beside crops, flips, TrivialAugment and erasing', () => {
    const erasing = { ...others, randomErasing: 0.5 };
    const plain = inputsOf(erasing);
    const cut = inputsOf({ ...erasing, cutout: 3 });
    expect(cut).not.toEqual(plain);
    const zeroed = cut.map((input, n) =>
      input[0].map((row, y) => row.map((value, x) => (value === 0 ? 0 : plain[n][0][y][x]))),
    );
    expect(cut.map(([plane]) => plane)).toEqual(zeroed);
  });

  it('MixUp mixes each input, cut out already, with the one before it', () => {
    const cut = inputsOf({ ...others, cutout: 3 });
    const mixed = inputsOf({ ...others, cutout: 3, mixup: 0.4 });
    const share = drawShare(0.4, { seed: 0, step: 0, batch: 0 });
    const expected = cut.map(([plane], n) =>
      plane.map((row, y) =>
        row.map((value, x) => Math.fround(share * value + (1 - share) * cut[(n + 99) % 100][0][y][x])),
      ),
    );
    expect(mixed.map(([plane]) => plane)).toEqual(expected);
  });
});
