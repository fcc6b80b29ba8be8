import ndarray, { type NdArray } from 'ndarray';
import { type ChannelScale, channelScales, type Normalization } from '../data/normalization.js';
import type { TransformedImage } from '../data/transformImage.js';
import type { Model } from '../network/model.js';
import { classify, type Meaning, type Prediction } from '../network/predict.js';
import { sizeOf } from '../tensor/shape.js';
import { rowMajor } from '../tensor/view.js';
import { Predictor } from './predictor.js';
import type { PredictorOptions } from './predictorOptions.js';

export interface PictureClassifierOptions
  extends Required<Pick<PredictorOptions, 'workers' | 'kernels' | 'layerModules'>> {
  readonly normalization: Normalization;
  /** Whether a picture's logits are the mean of its own and its mirror image's, as a Trainer's evaluation makes them. */
  readonly testTimeFlip: boolean;
}

/** What is computed at once: fewer large pictures, whose maps take more memory. */
const [MOST_PICTURES, MOST_PIXELS] = [32, 2 ** 18];

/** What a trained model sees in pictures that are transformed already, on worker threads. */
export class PictureClassifier {
  private readonly predictor: Predictor;
  private readonly scales: readonly ChannelScale[];
  private readonly testTimeFlip: boolean;

  constructor(
    private readonly model: Model,
    { workers, kernels, layerModules, normalization, testTimeFlip }: PictureClassifierOptions,
  ) {
    const [channels, height, width] = model.inputShape;
    this.scales = channelScales(normalization, channels);
    this.testTimeFlip = testTimeFlip;
    const batchSize = Math.max(1, Math.min(MOST_PICTURES, Math.floor(MOST_PIXELS / (height * width))));
    this.predictor = new Predictor(model, {
      workers,
      batchSize,
      kernels,
      layerModules,
      maxQueue: Number.MAX_SAFE_INTEGER,
    });
  }

  /** @returns the probabilities of the classes for each picture
   * @throws HeddleError WORKER when a worker thread fails */
  async classify(pictures: readonly TransformedImage[]): Promise<Float32Array[]> {
    if (pictures.length === 0) return [];
    const size = sizeOf(this.model.inputShape);
    const { testTimeFlip } = this;
    const samples = testTimeFlip ? 2 * pictures.length : pictures.length;
    const inputs = new Float32Array(samples * size);
    for (const [i, picture] of pictures.entries()) {
      const input = inputs.subarray(i * size, (i + 1) * size);
      this.scale(picture, input);
      if (testTimeFlip) mirror(input, picture.shape[2], inputs.subarray((pictures.length + i) * size));
    }
    const input = ndarray(inputs, [samples, ...this.model.inputShape]);
    const loss = testTimeFlip ? ofMeans : { predictionOf: classify };
    const { probabilities } = await this.predictor.predict(input, { loss });
    const numbers = rowMajor(probabilities);
    const classes = numbers.length / pictures.length;
    return pictures.map((_, i) => numbers.subarray(i * classes, (i + 1) * classes));
  }

  private scale({ pixels }: TransformedImage, input: Float32Array): void {
    const plane = input.length / this.scales.length;
    for (const [channel, { bytes }] of this.scales.entries())
      for (let i = channel * plane; i < (channel + 1) * plane; i++) input[i] = bytes[pixels[i]];
  }

  close(): Promise<void> {
    return this.predictor.close();
  }
}

/** Writes an image with the pixels of each row the other way round. */
function mirror(image: Float32Array, width: number, into: Float32Array): void {
  for (let row = 0; row < image.length; row += width) into.set(image.subarray(row, row + width).toReversed(), row);
}

/** The mean of the logits of each sample in the first half and the one in its place in the second. */
const ofMeans: Meaning<Prediction> = {
  predictionOf(outputs: NdArray<Float32Array>): Prediction {
    const [samples, ...shape] = outputs.shape;
    const logits = rowMajor(outputs);
    const half = logits.length / 2;
    const means = Float32Array.from({ length: half }, (_, i) => Math.fround(logits[half + i] + logits[i]) * 0.5);
    return classify(ndarray(means, [samples / 2, ...shape]));
  },
};
