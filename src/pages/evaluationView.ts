import type { Shape } from '../tensor/shape.js';
import {
  type Calibration,
  type Confusions,
  calibration,
  confusions,
  frequentConfusions,
  MOST_CLASSES,
} from './evaluationStatistics.js';

/** What a page shows. */
export interface EvaluationPageData {
  /** What was evaluated, and on what. */
  readonly title: string;
  readonly data: string;
  /** When, as people read it. */
  readonly created: string;
  readonly loss: number;
  /** The classes' names. */
  readonly classes: readonly string[];
  /** The pictures as the network gets them, [channels, height, width] each, of 1 or 3 channels. */
  readonly inputs: Uint8Array;
  readonly shape: Shape;
  /** Of each picture its class, the predicted one, and the probabilities of all, a row a picture. */
  readonly labels: Uint8Array | Int32Array;
  readonly predictions: Int32Array;
  readonly probabilities: Float32Array;
  /** Their files' names, where they have files of their own. */
  readonly files?: readonly string[] | undefined;
}

/** A picture and what became of it. */
export interface Sample {
  readonly index: number;
  readonly label: number;
  readonly prediction: number;
  /** The probability of the prediction. */
  readonly confidence: number;
}

/** The pictures of a class that were taken for one: of mistakes the surest first, of right predictions the least sure. */
export interface Cell {
  readonly label: number;
  readonly prediction: number;
  readonly samples: readonly Sample[];
}

/** What the page's parts read: the data, and what follows from it. */
export interface EvaluationView extends Omit<EvaluationPageData, 'classes'>, Confusions {
  readonly samples: readonly Sample[];
  /** The surest first. */
  readonly mistakes: readonly Sample[];
  readonly calibration: Calibration;
  /** The classes that the matrix has: all of them or, where they are many, those of the most frequent confusions. */
  readonly shownClasses: readonly number[];
  /** Its cells that have pictures, mistakes before what is right, the fullest first. */
  readonly cells: readonly Cell[];
}

export function viewOf(data: EvaluationPageData): EvaluationView {
  const { classes, labels, predictions, probabilities } = data;
  const samples = Array.from(labels, (label, index): Sample => {
    const prediction = predictions[index];
    return { index, label, prediction, confidence: probabilities[index * classes.length + prediction] };
  });
  const mistakes = samples.filter((sample) => !isRight(sample)).toSorted(surestFirst);
  const found = confusions(labels, predictions, classes);
  const shownClasses = classesOfMatrix(found.confusionMatrix);
  return {
    ...data,
    ...found,
    samples,
    mistakes,
    calibration: calibration(
      samples.map(({ confidence }) => confidence),
      (index) => isRight(samples[index]),
    ),
    shownClasses,
    cells: cellsOf(samples, new Set(shownClasses)),
  };
}

export const isRight = ({ label, prediction }: Pick<Sample, 'label' | 'prediction'>) => label === prediction;

const surestFirst = (a: Sample, b: Sample) => b.confidence - a.confidence || a.index - b.index;

/** Those of the most frequent confusions, as many as there is room for. */
export function classesOfMatrix(confusionMatrix: Confusions['confusionMatrix']): number[] {
  const all = confusionMatrix.map((_, label) => label);
  if (all.length <= MOST_CLASSES) return all;
  const shown = new Set<number>();
  for (const { label, prediction } of frequentConfusions(confusionMatrix))
    if (new Set([...shown, label, prediction]).size <= MOST_CLASSES) shown.add(label).add(prediction);
  for (const label of all) if (shown.size < MOST_CLASSES) shown.add(label);
  return [...shown].toSorted((a, b) => a - b);
}

function cellsOf(samples: readonly Sample[], shown: ReadonlySet<number>): Cell[] {
  const cells = new Map<string, Sample[]>();
  for (const sample of samples.toSorted(surestFirst)) {
    const { label, prediction } = sample;
    if (!shown.has(label) || !shown.has(prediction)) continue;
    const key = cellName(sample);
    const others = cells.get(key);
    if (others) others.push(sample);
    else cells.set(key, [sample]);
  }
  return [...cells.values()]
    .map((inCell) => ({
      label: inCell[0].label,
      prediction: inCell[0].prediction,
      samples: isRight(inCell[0]) ? inCell.toReversed() : inCell,
    }))
    .toSorted((a, b) => Number(isRight(a)) - Number(isRight(b)) || b.samples.length - a.samples.length);
}

/** The name of a cell on the page. */
export const cellName = ({ label, prediction }: Pick<Sample, 'label' | 'prediction'>) => `cell-${label}-${prediction}`;
