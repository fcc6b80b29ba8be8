import { argmax } from '../network/predict.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type Loss, type MetricName, type TargetKind, targetsOf } from './loss.js';

/** A mean as it grows: the sum of what it is over, and the sum of what each of them counts. */
export type Sum = readonly [sum: number, of: number];

/** A metric of one sample. */
type Metric = (output: Float32Array, targets: Int32Array | Float32Array, kind: TargetKind) => Sum;

/** The metrics that go with a loss. */
export const metricsOf = (loss: Loss, output: Shape): readonly MetricName[] =>
  loss.metricsOf?.(output) ?? (targetsOf(loss, output).of === 'classes' ? ['accuracy'] : []);

export const metrics: Readonly<Record<MetricName, Metric>> = {
  accuracy: (output, targets, kind) => rightOnes(output, targets, kind, (row, target) => argmax(row) === target),
  top5Accuracy: (output, targets, kind) =>
    rightOnes(output, targets, kind, (row, target) => othersBefore(row, target) < 5),
  labelAccuracy: (output, targets) => {
    let right = 0;
    for (let i = 0; i < output.length; i++) if (output[i] > 0 === targets[i] > 0.5) right++;
    return [right, output.length];
  },
  meanAbsoluteError: (output, targets) => {
    let sum = 0;
    for (let i = 0; i < output.length; i++) sum += Math.abs(output[i] - targets[i]);
    return [sum, output.length];
  },
};

/** How many targets of a sample are right, of those that count: one, or as many as an image has pixels. */
function rightOnes(
  output: Float32Array,
  targets: Int32Array | Float32Array,
  { shape, ignoreIndex }: TargetKind,
  isRight: (row: Float32Array, target: number) => boolean,
): Sum {
  const classes = output.length / sizeOf(shape);
  let [right, counted] = [0, 0];
  for (let row = 0; row < targets.length; row++) {
    if (targets[row] === ignoreIndex) continue;
    counted++;
    if (isRight(output.subarray(row * classes, (row + 1) * classes), targets[row])) right++;
  }
  return [right, counted];
}

/** How many classes are more likely than the target: of equals the first, as with argmax, and all beside a NaN. */
function othersBefore(row: Float32Array, target: number): number {
  let before = 0;
  for (let c = 0; c < row.length; c++)
    if (c !== target && !(row[c] < row[target] || (row[c] === row[target] && c > target))) before++;
  return before;
}
