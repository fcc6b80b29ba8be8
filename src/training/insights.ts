import type { Dataset } from '../data/dataset.js';
import { samplePicture } from '../data/samplePicture.js';
import { referenceKernels } from '../kernels/reference/index.js';
import { confusionMatrix } from '../losses/confusionMatrix.js';
import type { Model } from '../network/model.js';
import { rowMajor } from '../tensor/view.js';
import type { RunAnswers, RunFilters, RunMistake, RunNorms } from './events.js';
import type { EpochEvaluation } from './metrics.js';

// What a person wants to see of a run now and then, made of what lies in the trainer's memory between two steps.

export function normsOf(model: Model, stepsDone: number): RunNorms {
  // The fast kernels write to the model's memory alone.
  const sums = new Float64Array(1);
  const norm = (values: Float32Array) => {
    referenceKernels.sumSquares(values, sums);
    return Math.sqrt(sums[0]);
  };
  const trained = model.parameters.filter(({ requiresGrad }) => requiresGrad);
  const parameters = trained.map(({ name, data, gradient }) => ({
    name,
    weight: norm(data),
    gradient: norm(gradient),
  }));
  return { event: 'norms', stepsDone, parameters };
}

/** Undefined for a network without convolutions. */
export function filtersOf(model: Model, stepsDone: number): RunFilters | undefined {
  for (const [name, view] of model.stateDict())
    if (view.shape.length === 4)
      return { event: 'filters', stepsDone, name, shape: view.shape, values: Array.from(rowMajor(view), Number) };
  return undefined;
}

/** How many mistakes are shown, and how many of these are the surest of all. */
const [SHOWN, SUREST] = [200, 24];

/** Undefined where each image has not one class.
 * @param classes how many there are */
export function answersOf(evaluation: EpochEvaluation, dataset: Dataset, classes: number): RunAnswers | undefined {
  const { epoch, set, predictions, probabilities } = evaluation;
  if (!predictions || !probabilities || dataset.targetShape.length > 0) return undefined;
  const { targets } = dataset;
  const wrong = Array.from(predictions.keys()).flatMap((index): Mistake[] => {
    const [label, prediction] = [targets[index], predictions[index]];
    // A label that the loss does not count is no class.
    const isMistake = label !== prediction && label >= 0 && label < classes;
    return isMistake ? [{ index, label, prediction, confidence: probabilities.get(index, prediction) }] : [];
  });
  const mistakes = chosen(wrong).map((mistake) => ({ ...mistake, image: pictureOf(dataset, mistake.index) }));
  return { event: 'answers', epoch, set, confusionMatrix: confusionMatrix(targets, predictions, classes), mistakes };
}

type Mistake = Omit<RunMistake, 'image'>;

/** The surest of all, then the surest of each cell of the matrix, then the second ones, and so on. */
function chosen(mistakes: readonly Mistake[]): Mistake[] {
  const surestFirst = (a: Mistake, b: Mistake) => b.confidence - a.confidence || a.index - b.index;
  const sorted = mistakes.toSorted(surestFirst);
  const before = new Map<string, number>();
  const placed = sorted.map((mistake) => {
    const cell = `${mistake.label} ${mistake.prediction}`;
    const place = before.get(cell) ?? 0;
    before.set(cell, place + 1);
    return { mistake, place };
  });
  const others = placed.slice(SUREST).toSorted((a, b) => a.place - b.place);
  const all = [...placed.slice(0, SUREST), ...others].slice(0, SHOWN);
  return all.map(({ mistake }) => mistake).toSorted(surestFirst);
}

/** Pixels of the longer side of a picture that is shown. */
const LONGEST = 64;

/** Undefined where a sample is no picture. */
function pictureOf({ inputs, shape }: Dataset, index: number): RunMistake['image'] {
  const [channels] = shape;
  if (!(inputs instanceof Uint8Array) || shape.length !== 3 || (channels !== 1 && channels !== 3)) return undefined;
  const { pixels, ...image } = samplePicture(inputs, shape, index, LONGEST);
  return { ...image, pixels: btoa(String.fromCharCode(...pixels)) };
}
