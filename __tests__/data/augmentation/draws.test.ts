import { describe, expect, it } from '@jest/globals';
import { drawColorJitter } from '../../../src/data/augmentation/colorJitter.js';
import { drawCrop } from '../../../src/data/augmentation/crop.js';
import { drawShare } from '../../../src/data/augmentation/mixup.js';
import { drawBox } from '../../../src/data/augmentation/randomResizedCrop.js';
import { drawOperation, operations } from '../../../src/data/augmentation/trivialAugment.js';
import { noAugmentation } from '../../../src/data/augmentation.js';

const COUNT = 20_000;
const places = Array.from({ length: COUNT }, (_, i) => ({
  seed: 4,
  step: Math.floor(i / 100),
  sample: i % 100,
  epoch: 0,
  index: i,
}));

/** 5 standard deviations of a share of COUNT draws of probability p: 1 in 1.7 million is out of them. */
const bound = (p: number, count = COUNT) => 5 * Math.sqrt((p * (1 - p)) / count);

/** The largest distance between the share of draws that are below a value and the probability of that, 0 … 1. */
function distance(draws: readonly number[], probabilityBelow: (value: number) => number): number {
  const sorted = draws.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((value, i) => Math.abs(probabilityBelow(value) - (i + 0.5) / draws.length)));
}
/** Kolmogorov's: a distance above 2.7 / √n has a probability of 2·exp(−2·2.7²) = 1e-6. */
const KOLMOGOROV = 2.7 / Math.sqrt(COUNT);

/** How often each value is drawn, as a share of all. */
function sharesOf(draws: readonly (string | number)[]): number[] {
  const counts = new Map<string | number, number>();
  for (const draw of draws) counts.set(draw, (counts.get(draw) ?? 0) + 1);
  return Array.from(counts.values(), (count) => count / draws.length);
}

const uniform = (low: number, high: number) => (value: number) =>
  Math.min(1, Math.max(0, (value - low) / (high - low)));

describe('20,000 draws', () => {
  it('of RandomVerticalFlip of probability 0.3 are 30% to 5 standard deviations, and as many of those that are mirrored too', () => {
    const crops = places.map((place) =>
      drawCrop({ ...noAugmentation, horizontalFlip: 0.5, verticalFlip: 0.3 }, [8, 8], place),
    );
    const mirrored = crops.filter(({ horizontalFlip }) => horizontalFlip);
    for (const among of [crops, mirrored]) {
      const share = among.filter(({ verticalFlip }) => verticalFlip).length / among.length;
      expect(Math.abs(share - 0.3)).toBeLessThan(bound(0.3, among.length));
    }
  });

  it('of RandomResizedCrop of 300×400 pixels lie inside, with areas, logarithms of ratios and places spread evenly by Kolmogorov’s test and 1% for whole pixels', () => {
    const boxes = places.map((place) => drawBox(0.08, [300, 400], place));
    const wrong = boxes.filter(({ top, left, height, width }) => {
      const isInside = top >= 0 && left >= 0 && top + height <= 300 && left + width <= 400;
      return !isInside || (width + 0.5) / (height - 0.5) < 3 / 4 || (width - 0.5) / (height + 0.5) > 4 / 3;
    });
    expect(wrong).toEqual([]);
    // Up to half of the image all ratios fit: √(½·120000·4/3) = 283 rows. Of attempts, a share of (0.5 − 0.08) / 0.92 is so.
    const small = boxes.map(({ height, width }) => (height * width) / 120_000).filter((area) => area < 0.5);
    expect(distance(small, uniform(0.08, 0.5))).toBeLessThan(2.7 / Math.sqrt(small.length) + 0.005);
    const logarithms = boxes
      .filter(({ height, width }) => height * width < 60_000)
      .map(({ height, width }) => Math.log(width / height));
    const most = Math.log(4 / 3);
    expect(distance(logarithms, uniform(-most, most))).toBeLessThan(2.7 / Math.sqrt(logarithms.length) + 0.01);
    const middles = boxes.map(({ left, width }) => (left + 0.5) / (400 - width + 1));
    expect(distance(middles, uniform(0, 1))).toBeLessThan(KOLMOGOROV + 0.01);
  });

  it.each<[string, [number, number], object]>([
    ['long', [10, 400], { height: 10, width: 13, top: 0, left: 193 }],
    ['tall', [400, 10], { height: 13, width: 10, top: 193, left: 0 }],
  ])('of RandomResizedCrop of a %s image that is to be left whole take torchvision’s middle', (_, size, expected) => {
    for (const place of places.slice(0, 20)) expect(drawBox(1, size, place)).toEqual(expected);
  });

  it.each([1, 6, 7, 20])(
    'of Cutout of %d pixels are squares around each of 8×20 pixels equally often to 5 standard deviations, of which what is outside is cut off',
    (side) => {
      const counts = new Map<string, number>();
      for (const place of places) {
        const { erased } = drawCrop({ ...noAugmentation, cutout: side }, [8, 20], place);
        const text = JSON.stringify(erased.map(({ top, left, height, width }) => [top, left, height, width]));
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      const along = (length: number, point: number) => {
        const places = Array.from({ length: side }, (_, i) => point - Math.floor(side / 2) + i);
        const inside = places.filter((place) => place >= 0 && place < length);
        return [inside[0], inside.length];
      };
      const centres = new Map<string, number>();
      for (let i = 0; i < 160; i++) {
        const [[top, height], [left, width]] = [along(8, Math.floor(i / 20)), along(20, i % 20)];
        const text = JSON.stringify([[top, left, height, width]]);
        centres.set(text, (centres.get(text) ?? 0) + 1);
      }
      expect([...counts.keys()].sort()).toEqual([...centres.keys()].sort());
      for (const [text, count] of centres)
        expect(Math.abs((counts.get(text) as number) / COUNT - count / 160)).toBeLessThan(bound(count / 160));
    },
  );

  it('of ColorJitter spread each factor evenly over its range, in each of the 24 orders equally often to 5 standard deviations', () => {
    const jitter = { brightness: 0.4, contrast: 1.5, saturation: 0.2, hue: 0.1 };
    const drawn = places.map((place) => drawColorJitter(jitter, place));
    const ranges = { brightness: [0.6, 1.4], contrast: [0, 2.5], saturation: [0.8, 1.2], hue: [-0.1, 0.1] } as const;
    for (const [name, [low, high]] of Object.entries(ranges)) {
      const factors = drawn.map((adjusted) => adjusted.find(([other]) => other === name)?.[1] as number);
      expect([name, distance(factors, uniform(low, high)) < KOLMOGOROV]).toEqual([name, true]);
    }
    const orders = drawn.map((adjusted) => adjusted.map(([name]) => name).join());
    const shares = sharesOf(orders);
    expect(shares).toHaveLength(24);
    for (const share of shares) expect(Math.abs(share - 1 / 24)).toBeLessThan(bound(1 / 24));
  });

  it('of TrivialAugment are each of 14 operations, 31 magnitudes and two signs equally often to 5 standard deviations', () => {
    const drawn = places.map(drawOperation);
    const ofNames = sharesOf(drawn.map(([name]) => name));
    expect(ofNames).toHaveLength(Object.keys(operations).length);
    for (const share of ofNames) expect(Math.abs(share - 1 / 14)).toBeLessThan(bound(1 / 14));
    const angles = drawn.flatMap(([name, magnitude]) => (name === 'Rotate' ? [magnitude] : []));
    const sizes = sharesOf(angles.map(Math.abs));
    expect(sizes).toHaveLength(31);
    for (const share of sizes) expect(Math.abs(share - 1 / 31)).toBeLessThan(bound(1 / 31, angles.length));
    const left = angles.filter((angle) => angle < 0).length / angles.length;
    expect(Math.abs(left - 0.5 * (30 / 31))).toBeLessThan(bound(0.5, angles.length));
    expect(drawn.some(([name, magnitude]) => name === 'Posterize' && magnitude < 2)).toBe(false);
  });

  // Of these Beta(α, α) the probability to be below x is elementary.
  it.each<[number, (x: number) => number]>([
    [0.5, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [1, (x) => x],
    [2, (x) => x * x * (3 - 2 * x)],
    [3, (x) => x ** 3 * (10 - 15 * x + 6 * x * x)],
  ])('of MixUp with α = %d are of its Beta distribution by Kolmogorov’s test, of 1e-6', (alpha, probabilityBelow) => {
    const shares = places.map(({ seed, step, sample }) => drawShare(alpha, { seed, step, batch: sample }));
    expect(distance(shares, probabilityBelow)).toBeLessThan(KOLMOGOROV);
  });

  it.each([1e-9, 0.01, 0.2, 50, 1e9, Number.MAX_VALUE])(
    'of MixUp with α = %d are from 0 to 1, with the right variance to 5%, five standard deviations',
    (alpha) => {
      const shares = places.map(({ seed, step, sample }) => drawShare(alpha, { seed, step, batch: sample }));
      expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
      const variance = shares.reduce((sum, share) => sum + (share - 0.5) ** 2, 0) / COUNT;
      const expected = 1 / (4 * (2 * alpha + 1));
      expect(Math.abs(variance - expected)).toBeLessThanOrEqual(0.05 * expected + 1e-300);
    },
  );
});

it('draws are others of another seed, step and place, and the same of the same', () => {
  const all = (seed: number, step: number, sample: number) => {
    const place = { seed, step, sample, epoch: 0, index: 0 };
    const jitter = drawColorJitter({ brightness: 1, contrast: 1, saturation: 1, hue: 0.5 }, place);
    const { erased } = drawCrop({ ...noAugmentation, cutout: 2 }, [500, 500], place);
    return [drawBox(0.1, [500, 500], place), jitter, drawShare(0.7, { seed, step, batch: sample }), erased].map(
      (draw) => JSON.stringify(draw),
    );
  };
  const others = [all(1, 2, 3), all(2, 2, 3), all(1, 3, 3), all(1, 2, 4)];
  expect(all(1, 2, 3)).toEqual(others[0]);
  for (const kind of [0, 1, 2, 3]) expect(new Set(others.map((draws) => draws[kind])).size).toBe(4);
});
