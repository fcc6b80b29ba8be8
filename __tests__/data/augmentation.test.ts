import { describe, expect, it } from '@jest/globals';
import { drawShare } from '../../src/data/augmentation/mixup.js';
import {
  type Augmentation,
  type AugmentationOptions,
  noAugmentation,
  readAugmentation,
} from '../../src/data/augmentation.js';
import type { Dataset } from '../../src/data/dataset.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Sequential } from '../../src/network/sequential.js';
import { optimizerConfig } from '../../src/optimizers/registry.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { sizeOf } from '../../src/tensor/shape.js';
import type { Programs } from '../../src/training/programs.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';
import { makePrograms, runProgram } from '../support/programs.js';
import { thrown } from '../support/thrown.js';

const MEAN = 0.5; // no pixel becomes 0, so that 0 is what was erased
const STD = 0.4;
const scaled = (pixel: number) => Math.fround((pixel / 255 - MEAN) / STD);

type Image = readonly (readonly (readonly number[])[])[]; // [channel][row][column]

/** Two images of 2×5×7 pixels from 1 to 140, each another one. */
const [HEIGHT, WIDTH] = [5, 7];
const images: readonly Image[] = [0, 1].map((n) =>
  [0, 1].map((c) =>
    Array.from({ length: HEIGHT }, (_, y) =>
      Array.from({ length: WIDTH }, (_, x) => 1 + ((n * 2 + c) * HEIGHT + y) * WIDTH + x),
    ),
  ),
);
const dataset = tensorDataset(images as number[][][][], [0, 1]);

/** The programs of a network of one layer, at learning rate 0, so that only images count. */
function gathering({ shape }: Dataset, augmentation: Partial<Augmentation>, options: Partial<RunConfig> = {}) {
  const network = new Sequential([new Flatten(), new Linear(sizeOf(shape), 2)]);
  return makePrograms(
    network,
    { shape },
    {
      batchSize: 100,
      optimizer: optimizerConfig(new SGD({ learningRate: 0 })),
      normalization: { mean: MEAN, std: STD },
      augmentation: { ...noAugmentation, ...augmentation },
      ...options,
    },
  );
}

/** What the network gets in place of sample `n` of the batch, as [channel][row][column]. */
function inputOf({ model }: Programs, n: number, mode: 'training' | 'evaluation' = 'training'): number[][][] {
  const [channels, height, width] = model.inputShape;
  const { data } = model.plan(mode).input;
  const at = (c: number, y: number, x: number) => data[((n * height + y) * width + x) * channels + c];
  const range = (length: number) => Array.from({ length }, (_, i) => i);
  return range(channels).map((c) => range(height).map((y) => range(width).map((x) => at(c, y, x))));
}

/** The inputs of training steps `first` … `first + steps − 1`, 100 times image `image` each. */
function draws(programs: Programs, steps: number, { first = 0, image = 0, data = dataset } = {}): number[][][][] {
  return Array.from({ length: steps }, (_, number) => {
    runProgram(programs, 'train', data, Array(100).fill(image), { number: first + number, shards: 20 });
    return Array.from({ length: 100 }, (_, n) => inputOf(programs, n));
  }).flat();
}

/** An image with `padding` rows and columns of 0 around it, of which a part of its size is cut out from row `top` and
 * column `left` on, and mirrored if told so; scaled. */
function byHand(image: Image, padding: number, [top, left, flip]: readonly [number, number, boolean]): number[][][] {
  return image.map((plane) => {
    const black = Array(padding).fill(0);
    const blackRows = Array.from({ length: padding }, () => Array(WIDTH + 2 * padding).fill(0));
    const padded = [...blackRows, ...plane.map((row) => [...black, ...row, ...black]), ...blackRows];
    const cut = padded.slice(top, top + HEIGHT).map((row) => row.slice(left, left + WIDTH));
    return cut.map((row) => (flip ? row.reverse() : row).map(scaled));
  });
}

const PADDING = 2;
const offsets = [0, 1, 2, 3, 4];
const crops = offsets.flatMap((top) =>
  offsets.flatMap((left) => [false, true].map((flip) => [top, left, flip] as const)),
);
/** The input that each crop at an image makes, as text, with the crop. */
const inputs = images.map(
  (image) => new Map(crops.map((crop) => [JSON.stringify(byHand(image, PADDING, crop)), crop])),
);

/** 5 standard deviations of a count of n draws of probability p: 1 in 1.7 million is out of them. */
const bound = (n: number, p: number) => 5 * Math.sqrt(n * p * (1 - p));

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

it.each<[string, object]>([
  ['horizontalFlip', { horizontalFlip: -0.1 }],
  ['horizontalFlip', { horizontalFlip: 1.1 }],
  ['horizontalFlip', { horizontalFlip: Number.NaN }],
  ['verticalFlip', { verticalFlip: 2 }],
  ['randomCrop', { randomCrop: -1 }],
  ['randomCrop', { randomCrop: 1.5 }],
  ['randomResizedCrop', { randomResizedCrop: 1.5 }],
  ['randomErasing', { randomErasing: 2 }],
  ['randomErasing', { randomErasing: null }],
  ['trivialAugment', { trivialAugment: 1 }],
  ['cropPadding', { randomCrop: 1, cropPadding: 'mirror' }],
  ['alternatingFlip', { alternatingFlip: 1 }],
  ['cutout', { cutout: 0.5 }],
  ['cutout', { cutout: -1 }],
  ['mixup', { mixup: -0.1 }],
  ['mixup', { mixup: Number.POSITIVE_INFINITY }],
  ['colorJitter', { colorJitter: -0.1 }],
  ['colorJitter.contrast', { colorJitter: { contrast: -0.1 } }],
  ['colorJitter.hue', { colorJitter: { hue: 0.6 } }],
])('%s is refused with ARGUMENT in %j', (name, given) => {
  expect(thrown(() => readAugmentation(given))).toMatch(new RegExp(`^ARGUMENT: ${name} must be`));
});

it.each<[AugmentationOptions, string]>([
  [
    { cropPadding: 'reflect' },
    "cropPadding: 'reflect' does nothing without randomCrop; write { randomCrop: 1, cropPadding: 'reflect' }",
  ],
  [
    { alternatingFlip: true, horizontalFlip: 0.5 },
    'alternatingFlip takes the place of horizontalFlip, which is 0.5; leave one of them away',
  ],
])('%j, of which one part would do nothing, is refused with ARGUMENT', (given, message) => {
  expect(thrown(() => readAugmentation(given))).toBe(`ARGUMENT: ${message}`);
});

it.each<[Partial<RunConfig>, string]>([
  [
    { augmentation: readAugmentation({ randomCrop: 5, cropPadding: 'reflect' }) },
    "randomCrop with cropPadding: 'reflect' must be at most 4",
  ],
  [
    { augmentation: readAugmentation({ randomCrop: 6, cropPadding: 'symmetric' }) },
    "randomCrop with cropPadding: 'symmetric' must be at most 5",
  ],
  [{ augmentation: readAugmentation({ cutout: 8 }) }, 'cutout must be at most 7'],
  [{ testTimeShift: 5 }, 'testTimeShift must be at most 4'],
])('more pixels than images of 5×7 have are refused: %j', (options, message) => {
  const found = thrown(() => gathering(dataset, {}, options));
  expect(found).toBe(`ARGUMENT: ${message} for inputs of shape [2, 5, 7], not ${Number(message.slice(-1)) + 1}`);
});

it.each<Partial<RunConfig>>([
  { augmentation: readAugmentation({ randomCrop: 4, cropPadding: 'reflect', cutout: 7 }), testTimeShift: 4 },
  { augmentation: readAugmentation({ randomCrop: 5, cropPadding: 'symmetric' }) },
  { augmentation: readAugmentation({ randomCrop: 50, cropPadding: 'edge' }) },
])('as many pixels as images of 5×7 have are taken: %j', (options) => {
  expect(gathering(dataset, {}, options).model.inputShape).toEqual([2, 5, 7]);
});

it.each<[unknown, string]>([
  ['strong', "colorJitter: expected an object of options, found 'strong'"],
  [{ lightness: 1 }, "colorJitter has no option 'lightness'"],
])('colorJitter of %j is refused with ARGUMENT', (colorJitter, message) => {
  expect(thrown(() => readAugmentation({ colorJitter: colorJitter as number }))).toMatch(`ARGUMENT: ${message}`);
});

it('a number for colorJitter stands for brightness, contrast and saturation', () => {
  expect(readAugmentation({ colorJitter: 0.4 }).colorJitter).toEqual({
    brightness: 0.4,
    contrast: 0.4,
    saturation: 0.4,
    hue: 0,
  });
});
