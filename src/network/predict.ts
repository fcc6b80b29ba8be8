import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { readBatch, type Strided, type TensorLike } from '../tensor/tensorLike.js';
import { expNegative } from '../tensor/transcendental.js';
import { rowMajor } from '../tensor/view.js';
import { kindOf, options, texts } from '../validate.js';
import { channelsFirst } from './channelOrder.js';

/** A classifier's answers. */
export interface Prediction {
  /** The most likely class of each sample; of images, that of each pixel, as [samples, height, width]. */
  readonly classes: Int32Array;
  /** [samples, classes], or [samples, classes, height, width]: those of a sample, or a pixel, have sum 1. */
  readonly probabilities: NdArray<Float32Array>;
}

/** What knows the meaning of outputs: a loss. */
export interface Meaning<Answers> {
  predictionOf(outputs: NdArray<Float32Array>): Answers;
}

/** What `predict` needs of a model. */
interface Evaluated {
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly output: { readonly shape: Shape; readonly data: Float32Array };
}

/** The outputs for any number of samples, [samples, …] in PyTorch's order.
 *
 * @param evaluate a forward pass of at most batchSize samples in evaluation mode */
export function outputsOf(model: Evaluated, input: TensorLike, evaluate: (batch: Strided) => void) {
  const { shape, data } = model.output;
  const batch = readBatch('the input', input, model.inputShape);
  const [samples, ...sampleShape] = batch.shape;
  const outputs = new Float32Array(samples * sizeOf(shape));
  for (let first = 0; first < samples; first += model.batchSize) {
    const count = Math.min(model.batchSize, samples - first);
    evaluate({ ...batch, shape: [count, ...sampleShape], offset: batch.offset + first * batch.stride[0] });
    outputs.set(rowMajor(channelsFirst(data, shape, count)), first * sizeOf(shape));
  }
  return ndarray(outputs, [samples, ...shape]);
}

/** What the options of a `predict` say that outputs mean; a classifier's unless given. @throws HeddleError ARGUMENT */
export function meaningOf<Answers>(given: { readonly loss?: Meaning<Answers> } | undefined): Meaning<unknown> {
  const { loss } = options('model.predict(input, { loss })', given, { loss: undefined });
  if (loss !== undefined && typeof loss?.predictionOf !== 'function')
    throw new HeddleError(
      'ARGUMENT',
      `predict: loss must be a Loss with a predictionOf, such as new MSELoss(), not ${kindOf(loss)}`,
    );
  return loss ?? { predictionOf: classify };
}

/** Softmax over the classes, and the most likely one. @throws HeddleError SHAPE for outputs of another shape */
export function classify(outputs: NdArray<Float32Array>): Prediction {
  const [samples, classes, ...pixels] = outputs.shape;
  if (pixels.length !== 0 && pixels.length !== 2)
    throw new HeddleError(
      'SHAPE',
      `predict wants outputs of shape [classes] or [classes, height, width], not ${formatShape(outputs.shape.slice(1))}`,
    );
  const logits = rowMajor(outputs);
  const rows = sizeOf(pixels);
  const prediction = { classes: new Int32Array(samples * rows), probabilities: new Float32Array(logits.length) };
  for (let n = 0; n < samples; n++)
    for (let row = 0; row < rows; row++) {
      const place = (c: number) => (n * classes + c) * rows + row;
      const own = Float32Array.from({ length: classes }, (_, c) => logits[place(c)]);
      prediction.classes[n * rows + row] = argmax(own);
      for (const [c, probability] of softmax(own).entries()) prediction.probabilities[place(c)] = probability;
    }
  return { ...prediction, probabilities: ndarray(prediction.probabilities, [...outputs.shape]) };
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
