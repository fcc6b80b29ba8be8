import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { readBatch, type Strided, type TensorLike } from '../tensor/tensorLike.js';
import { expNegative } from '../tensor/transcendental.js';
import { texts } from '../validate.js';

/** A classifier's answers. */
export interface Prediction {
  /** The most likely class of each sample. */
  readonly classes: Int32Array;
  /** [samples, classes], each row of sum 1. */
  readonly probabilities: NdArray<Float32Array>;
}

/** What `predict` needs of a model. */
interface Classifier {
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly output: { readonly shape: Shape; readonly data: Float32Array };
}

/** @param evaluate a forward pass of at most batchSize samples in evaluation mode */
export function predict(model: Classifier, input: TensorLike, evaluate: (batch: Strided) => void): Prediction {
  if (model.output.shape.length !== 1)
    throw new HeddleError(
      'SHAPE',
      `predict wants a model whose output is [classes]; this one's is ${formatShape(model.output.shape)}`,
    );
  const [classes] = model.output.shape;
  const batch = readBatch('the input', input, model.inputShape);
  const [samples, ...sampleShape] = batch.shape;
  const prediction = { classes: new Int32Array(samples), probabilities: new Float32Array(samples * classes) };
  for (let first = 0; first < samples; first += model.batchSize) {
    const count = Math.min(model.batchSize, samples - first);
    evaluate({ ...batch, shape: [count, ...sampleShape], offset: batch.offset + first * batch.stride[0] });
    for (let n = 0; n < count; n++) {
      const logits = model.output.data.subarray(n * classes, (n + 1) * classes);
      prediction.classes[first + n] = argmax(logits);
      prediction.probabilities.set(softmax(logits), (first + n) * classes);
    }
  }
  return { ...prediction, probabilities: ndarray(prediction.probabilities, [samples, classes]) };
}

/** @throws HeddleError ARGUMENT unless these are texts, one for each output */
export function checkClasses(classes: readonly string[], [outputs]: Shape): void {
  texts('classes', classes);
  if (classes.length !== outputs)
    throw new HeddleError(
      'ARGUMENT',
      `expected the names of ${outputs} classes, as many as the network has outputs; found ${classes.length}`,
    );
}

/** The place of the first largest number. */
export function argmax(values: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[largest]) largest = i;
  return largest;
}

function softmax(logits: Float32Array): Float64Array {
  const largest = logits[argmax(logits)];
  const powers = Float64Array.from(logits, (logit) => expNegative(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
