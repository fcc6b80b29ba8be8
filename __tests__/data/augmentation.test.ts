import { describe, expect, it } from '@jest/globals';
import { type Augmentation, noAugmentation } from '../../src/data/augmentation.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import {
  bound,
  byHand,
  crops,
  dataset,
  draws,
  gathering,
  HEIGHT,
  images,
  inputOf,
  inputs,
  PADDING,
  scaled,
  WIDTH,
} from '../support/augmentedInputs.js';
import { runProgram } from '../support/programs.js';

describe('flips and crops', () => {
  it('of 10,000 draws are the image as cut out and mirrored by hand, each of 25 offsets from −2 to 2, with and without a flip of probability 1/4, as often as it should be to 5 standard deviations', () => {
    const counts = new Map<string, number>();
    for (const input of draws(gathering(dataset, { horizontalFlip: 0.25, randomCrop: PADDING }), 100)) {
      const crop = inputs[0].get(JSON.stringify(input));
      if (!crop) throw new Error(`no crop or flip of the image: ${JSON.stringify(input)}`);
      counts.set(String(crop), (counts.get(String(crop)) ?? 0) + 1);
    }
    const wrong = crops.filter((crop) => {
      const probability = (crop[2] ? 0.25 : 0.75) / 25;
      return Math.abs((counts.get(String(crop)) ?? 0) - 10_000 * probability) > bound(10_000, probability);
    });
    expect(wrong).toEqual([]);
  });

  it('of probability 1 and padding 0 are all the mirror image', () => {
    const mirrored = JSON.stringify(byHand(images[0], 0, [0, 0, true]));
    for (const input of draws(gathering(dataset, { horizontalFlip: 1 }), 1))
      expect(JSON.stringify(input)).toBe(mirrored);
  });

  it('off leave every image as it is', () => {
    const plain = JSON.stringify(byHand(images[0], 0, [0, 0, false]));
    for (const input of draws(gathering(dataset, {}), 3)) expect(JSON.stringify(input)).toBe(plain);
  });

  it('put the input of a pixel of value 0 around an image', () => {
    const padded = draws(gathering(dataset, { randomCrop: 100 }), 1).flat(3);
    // An offset that is at most 4 rows and 6 columns off is one of 117 of 201².
    expect(padded.filter((value) => value === scaled(0)).length).toBeGreaterThan(0.9 * padded.length);
    expect(padded).not.toContain(0);
  });
});

it('a crop with reflection is the one that black pixels are put around, of an image that is reflected by hand: 200 draws', () => {
  const augmentation = { horizontalFlip: 0.5, randomCrop: PADDING } as const;
  const black = draws(gathering(dataset, augmentation), 2);
  const reflected = draws(gathering(dataset, { ...augmentation, cropPadding: 'reflect' }), 2);
  const mirror = <T>(row: readonly T[]) => [row[2], row[1], ...row, ...row.slice(-3, -1).reverse()];
  const whole = images[0].map((plane) => mirror(plane).map(mirror));
  for (const [n, input] of black.entries()) {
    const [top, left, flip] = inputs[0].get(JSON.stringify(input)) as (typeof crops)[number];
    const cut = whole.map((plane) => plane.slice(top, top + HEIGHT).map((row) => row.slice(left, left + WIDTH)));
    const expected = cut.map((plane) => plane.map((row) => (flip ? row.reverse() : row).map(scaled)));
    expect(reflected[n]).toEqual(expected);
  }
});

describe('alternating flips', () => {
  const COUNT = 1000;
  // Of each image the left pixel is lighter than the right one.
  const many = tensorDataset(
    { data: Uint8Array.from({ length: 2 * COUNT }, (_, i) => 9 - (i % 2)), shape: [COUNT, 1, 1, 2] },
    Array(COUNT).fill(0),
  );
  /** Which images are mirrored, in an order of their own, each step and place. */
  function mirrored(epoch: number, { seed = 1, number = epoch, order = (i: number) => i } = {}): boolean[] {
    const programs = gathering(many, { alternatingFlip: true, randomCrop: 0 }, { seed, batchSize: COUNT });
    const indices = Array.from({ length: COUNT }, (_, i) => order(i));
    runProgram(programs, 'train', many, indices, { number, epoch, shards: 20 });
    const found: boolean[] = [];
    for (const [n, index] of indices.entries()) {
      const [[[left, right]]] = inputOf(programs, n);
      found[index] = left < right;
    }
    return found;
  }
  const first = mirrored(0);

  it('mirror half of 1,000 images in the first epoch to 5 standard deviations, independently of their neighbours', () => {
    const share = (holds: (isMirrored: boolean, i: number) => boolean) => first.filter(holds).length;
    expect(Math.abs(share((one) => one) - COUNT / 2)).toBeLessThan(bound(COUNT, 0.5));
    for (const distance of [1, 2, 16])
      expect(Math.abs(share((one, i) => one === first[(i + distance) % COUNT]) - COUNT / 2)).toBeLessThan(
        bound(COUNT, 0.5),
      );
  });

  it('mirror the others in the second, the first in the third, and so on, whatever step and place they are at', () => {
    const others = first.map((one) => !one);
    const elsewhere = { number: 77, order: (i: number) => (i * 7 + 3) % COUNT };
    for (const [epoch, expected] of [first, others, first, others].entries()) {
      expect(mirrored(epoch)).toEqual(expected);
      expect(mirrored(epoch, elsewhere)).toEqual(expected);
    }
  });

  it('mirror others of another seed: of 1,000 half are equal, to 5 standard deviations', () => {
    const equal = mirrored(0, { seed: 2 }).filter((one, i) => one === first[i]).length;
    expect(Math.abs(equal - COUNT / 2)).toBeLessThan(bound(COUNT, 0.5));
  });

  it('leave crops as they are beside random flips', () => {
    const cropsOf = (flips: Partial<Augmentation>) =>
      draws(gathering(dataset, { randomCrop: PADDING, ...flips }), 1).map((input) =>
        inputs[0].get(JSON.stringify(input))?.slice(0, 2),
      );
    expect(cropsOf({ alternatingFlip: true })).toEqual(cropsOf({ horizontalFlip: 0.5 }));
  });
});

describe('a draw', () => {
  const augmentation = { horizontalFlip: 0.5, randomCrop: PADDING, randomErasing: 0 };
  const cropsOf = (found: readonly number[][][][], image = 0) =>
    found.map((input) => inputs[image].get(JSON.stringify(input)));
  const wanted = cropsOf(draws(gathering(dataset, augmentation, { seed: 3 }), 1, { first: 5 }));

  it('is the same for another image, other shards, fewer samples, another network, and after other steps', () => {
    const programs = gathering(dataset, augmentation, { seed: 3, averageDecay: 0.9, shards: 7 });
    draws(programs, 3);
    expect(wanted).not.toContain(undefined);
    expect(cropsOf(draws(programs, 1, { first: 5, image: 1 }), 1)).toEqual(wanted);
    runProgram(programs, 'train', dataset, Array(37).fill(0), { number: 5, shards: 7 });
    expect(cropsOf(Array.from({ length: 37 }, (_, n) => inputOf(programs, n)))).toEqual(wanted.slice(0, 37));
  });

  it('is another one at another place of the batch, in another step and of another seed: of 100 at most 12 are equal', () => {
    const equal = (others: typeof wanted) => wanted.filter((crop, n) => String(crop) === String(others[n])).length;
    const programs = (seed: number) => gathering(dataset, augmentation, { seed });
    // 100 draws of 50 equally likely ones: 2 are equal in the mean, more than 12 with a probability of 1e-7.
    expect(equal([...wanted.slice(1), wanted[0]])).toBeLessThanOrEqual(12);
    for (const first of [4, 6, 500]) expect(equal(cropsOf(draws(programs(3), 1, { first })))).toBeLessThanOrEqual(12);
    for (const seed of [0, 2, 4])
      expect(equal(cropsOf(draws(programs(seed), 1, { first: 5 })))).toBeLessThanOrEqual(12);
  });
});

it('crops, flips and erasing are the same beside changes of colour: those of grey images that hue and saturation leave', () => {
  const grey = tensorDataset([[images[0][0]], [images[1][0]]] as number[][][][], [0, 1]);
  const all = { horizontalFlip: 0.5, verticalFlip: 0.5, randomCrop: PADDING, randomErasing: 0.5 };
  const colorJitter = { ...noAugmentation.colorJitter, saturation: 0.5, hue: 0.3 };
  const inputsOf = (augmentation: Partial<Augmentation>) => draws(gathering(grey, augmentation), 1, { data: grey });
  expect(inputsOf({ ...all, colorJitter })).toEqual(inputsOf(all));
});

it('an evaluation sees every image as it is, whatever the augmentation', () => {
  const programs = gathering(dataset, { horizontalFlip: 1, randomCrop: PADDING, randomErasing: 1, mixup: 1 });
  runProgram(programs, 'evaluate', dataset, Array(100).fill(1), { shards: 100 });
  const plain = byHand(images[1], 0, [0, 0, false]);
  for (let n = 0; n < 100; n++) expect(inputOf(programs, n, 'evaluation')).toEqual(plain);
});
