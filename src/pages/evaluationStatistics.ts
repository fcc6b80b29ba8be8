import { confusionMatrix } from '../losses/confusionMatrix.js';

/** How many pictures of a class were taken for which, and the accuracy of each class. */
export interface Confusions {
  readonly classes: readonly ClassResult[];
  /** [label][prediction] */
  readonly confusionMatrix: readonly (readonly number[])[];
}

export interface ClassResult {
  readonly name: string;
  readonly images: number;
  /** 0 without images. */
  readonly accuracy: number;
}

export function confusions(
  labels: Uint8Array | Int32Array,
  predictions: Int32Array,
  names: readonly string[],
): Confusions {
  const matrix = confusionMatrix(labels, predictions, names.length);
  return { classes: classResults(matrix, names), confusionMatrix: matrix };
}

export const classResults = (confusionMatrix: Confusions['confusionMatrix'], names: readonly string[]): ClassResult[] =>
  confusionMatrix.map((row, label) => {
    const images = row.reduce((sum, count) => sum + count, 0);
    return { name: names[label], images, accuracy: images === 0 ? 0 : row[label] / images };
  });

/** A larger matrix is shown in part. */
export const MOST_CLASSES = 20;

/** Classes and what they are taken for, the most frequent first. */
export function frequentConfusions(confusionMatrix: Confusions['confusionMatrix']) {
  const pairs = confusionMatrix.flatMap((row, label) =>
    row.flatMap((count, prediction) => (count > 0 && prediction !== label ? [{ label, prediction, count }] : [])),
  );
  return pairs.toSorted((a, b) => b.count - a.count);
}

/** The classes' mean accuracy, in which each that has images counts the same. */
export function macroAccuracy(classes: readonly ClassResult[]): number {
  const present = classes.filter(({ images }) => images > 0);
  return present.reduce((sum, { accuracy }) => sum + accuracy, 0) / present.length;
}

/** What a share stands for, at a confidence of 95%: the lowest and highest true share by Wilson's score interval (1927). */
export function wilsonInterval(right: number, count: number): readonly [low: number, high: number] {
  if (count === 0) return [0, 1];
  const z = 1.959963984540054; // the normal distribution's 97.5% quantile
  const share = right / count;
  const centre = share + (z * z) / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + (z / (2 * count)) ** 2);
  const whole = 1 + (z * z) / count;
  // At the ends they are 0 and 1 but for roundings.
  return [right === 0 ? 0 : (centre - half) / whole, right === count ? 1 : (centre + half) / whole];
}

/** The predictions whose probability is in one tenth. */
export interface CalibrationBin {
  readonly count: number;
  /** The mean probability and the share that is right, 0 without predictions. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** From 0 … 10% to 90 … 100%. */
  readonly bins: readonly CalibrationBin[];
  /** The expected calibration error (Naeini et al., 2015): how far accuracy and mean probability are apart, over all predictions. */
  readonly error: number;
}

/** Whether predictions are right as often as they say.
 * @param confidences the probability of each prediction */
export function calibration(confidences: readonly number[], isRight: (index: number) => boolean): Calibration {
  const sums = Array.from({ length: 10 }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const [i, confidence] of confidences.entries()) {
    const bin = sums[Math.min(9, Math.floor(10 * confidence))];
    bin.count++;
    bin.confidence += confidence;
    bin.right += Number(isRight(i));
  }
  const bins = sums.map(({ count, confidence, right }) => ({
    count,
    confidence: count === 0 ? 0 : confidence / count,
    accuracy: count === 0 ? 0 : right / count,
  }));
  const apart = bins.map(({ count, confidence, accuracy }) => count * Math.abs(accuracy - confidence));
  return { bins, error: apart.reduce((sum, distance) => sum + distance, 0) / confidences.length };
}
