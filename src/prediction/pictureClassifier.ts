import ndarray, { type NdArray } from 'ndarray';
import type { Crop } from '../data/augmentation/crop.js';
import { pixelsOf } from '../data/augmentation/padding.js';
import { type ChannelScale, channelScales, type Normalization } from '../data/normalization.js';
import { cropsOf, type TestTime, testTimeView, type View } from '../data/testTimeView.js';
import type { TransformedImage } from '../data/transformImage.js';
import type { Model } from '../network/model.js';
import { classify, type Meaning, type Prediction } from '../network/predict.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { rowMajor } from '../tensor/view.js';
import { Predictor } from './predictor.js';
import type { PredictorOptions } from './predictorOptions.js';

export interface PictureClassifierOptions
  extends Required<Pick<PredictorOptions, 'workers' | 'kernels' | 'layerModules'>>,
    TestTime {
  readonly normalization: Normalization;
}

/** What is computed at once: fewer large pictures, whose maps take more memory. */
const [MOST_PICTURES, MOST_PIXELS] = [32, 2 ** 18];

/** What a trained model sees in pictures that are transformed already, on worker threads. */
export class PictureClassifier {
  private readonly predictor: Predictor;
  private readonly scales: readonly ChannelScale[];
  /** Whose logits count, as in a Trainer's evaluation. */
  private readonly view: View;

  constructor(
    private readonly model: Model,
    { workers, kernels, layerModules, normalization, ...testTime }: PictureClassifierOptions,
  ) {
    const [channels, height, width] = model.inputShape;
    this.scales = channelScales(normalization, channels);
    this.view = testTimeView(testTime);
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
    const { inputShape } = this.model;
    const size = sizeOf(inputShape);
    const crops = cropsOf(this.view);
    const samples = crops.length * pictures.length;
    const inputs = new Float32Array(samples * size);
    const planes = new Float32Array(size);
    for (const [i, picture] of pictures.entries()) {
      this.scale(picture, planes);
      for (const [c, crop] of crops.entries())
        take(planes, inputShape, crop, inputs.subarray((c * pictures.length + i) * size));
    }
    const input = ndarray(inputs, [samples, ...inputShape]);
    const { probabilities } = await this.predictor.predict(input, { loss: ofView(this.view, pictures.length) });
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

/** Writes planes of pixels as a crop takes them that has no black ones. */
function take(planes: Float32Array, [, height, width]: Shape, crop: Crop, into: Float32Array): void {
  const { top, left, padding, horizontalFlip, verticalFlip } = crop;
  const rows = pixelsOf(height, { from: top, count: height, isMirrored: verticalFlip }, padding);
  const columns = pixelsOf(width, { from: left, count: width, isMirrored: horizontalFlip }, padding);
  let to = 0;
  for (let plane = 0; plane < planes.length; plane += height * width)
    for (const row of rows) for (const column of columns) into[to++] = planes[plane + row * width + column];
}

/** Classifies by the logits of a view: as many samples as it has crops, of each as many as there are pictures. */
const ofView = (view: View, pictures: number): Meaning<Prediction> => ({
  predictionOf(outputs: NdArray<Float32Array>): Prediction {
    const [samples, ...shape] = outputs.shape;
    const logits = rowMajor(outputs);
    const size = (logits.length / samples) * pictures;
    let crops = 0;
    const meanOf = (part: View): Float32Array => {
      if ('top' in part) return logits.subarray(crops * size, ++crops * size);
      const [first, second] = part.map(meanOf);
      return first.map((logit, i) => Math.fround(second[i] + logit) * 0.5);
    };
    return classify(ndarray(meanOf(view), [pictures, ...shape]));
  },
});
