import type { Image } from '../src/data/image.js';
import type { ImageTransform } from '../src/data/imageTransform.js';
import { channelScales, type Normalization } from '../src/data/normalization.js';
import { type TransformedImage, transformImage } from '../src/data/transformImage.js';
import { fashionMnistClasses } from '../src/datasets/fashionMnistClasses.js';
import { HeddleError } from '../src/errors.js';
import { fashionNetInput } from '../src/fashionMnist/network.js';
import { fashionMnistNormalization } from '../src/fashionMnist/normalization.js';
import type { Module } from '../src/graph/module.js';
import { Model } from '../src/network/model.js';
import type { StateDict } from '../src/network/stateDict.js';
import type { Shape } from '../src/tensor/shape.js';
import { decodeModel, encodeModel, type LoadedModel } from '../src/web.js';
import { type Feature, featuresOf } from './features.js';

export interface Picture {
  readonly image: Image;
  /** Whether it is what networks are trained on, so that one for its size takes it as it is. */
  readonly isInput: boolean;
}

/** What a network says of a picture. */
export interface Answer {
  readonly input: TransformedImage;
  /** Of each class. */
  readonly probabilities: Float32Array;
  /** What its convolutions make of it. */
  readonly features: readonly Feature[];
}

/** What a network needs so as to be shown pictures. */
interface Description {
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly transform: ImageTransform;
}

/** A network that is shown one picture at a time, with weights of its own: those of a training are at work. */
export class Classifier {
  private readonly features: (input: Float32Array, weights: StateDict) => Feature[];

  constructor(
    private readonly model: Model,
    private readonly description: Description,
  ) {
    this.features = featuresOf(model.graph);
  }

  /** @param network for Fashion-MNIST */
  static of(network: Module): Classifier {
    const [, height, width] = fashionNetInput;
    return new Classifier(new Model(network, { inputShape: fashionNetInput, batchSize: 1, shards: 1 }), {
      classes: fashionMnistClasses,
      normalization: fashionMnistNormalization,
      transform: { type: 'lightOnDark', height, width },
    });
  }

  /** @param source the file's name, for messages
   * @throws HeddleError FORMAT, ARGUMENT, STATE_DICT, MEMORY for a file that is no model of pictures */
  static from(bytes: Uint8Array, source: string): Classifier {
    const { model, classes, normalization, transform } = modelIn(bytes, source);
    const { inputShape, outputShape } = model;
    if (inputShape.length !== 3 || outputShape.length !== 1)
      throw new HeddleError('FORMAT', `${source}: expected a network that classifies pictures; found another`);
    return new Classifier(model, {
      classes: classes ?? Array.from({ length: outputShape[0] }, (_, i) => `class ${i}`),
      normalization: normalization ?? { mean: 0, std: 1 },
      transform: transform ?? usualTransform(inputShape, source),
    });
  }

  get classes(): readonly string[] {
    return this.description.classes;
  }

  get inputShape(): Shape {
    return this.model.inputShape;
  }

  load(weights: StateDict): void {
    this.model.loadStateDict(weights);
  }

  classify(picture: Picture): Answer {
    const input = this.inputOf(picture);
    const [channels, height, width] = input.shape;
    const scales = channelScales(this.description.normalization, channels);
    const scaled = Float32Array.from(input.pixels, (value, i) => scales[Math.floor(i / (height * width))].bytes[value]);
    const { probabilities } = this.model.predict(scaled);
    return { input, probabilities: probabilities.data, features: this.features(scaled, this.model.stateDict()) };
  }

  private inputOf({ image, isInput }: Picture): TransformedImage {
    const { width, height, channels, pixels } = image;
    const shape = [channels, height, width] as const;
    if (isInput && shape.join() === this.inputShape.join()) return { pixels, shape };
    return transformImage(image, this.description.transform);
  }

  /** The bytes of a model.safetensors. */
  file(): Uint8Array<ArrayBuffer> {
    return encodeModel(this.model, this.description);
  }
}

function modelIn(bytes: Uint8Array, source: string): LoadedModel {
  try {
    return decodeModel(bytes, { batchSize: 1, shards: 1 }, source);
  } catch (cause) {
    if (!(cause instanceof HeddleError && cause.code === 'ARGUMENT')) throw cause;
    const problem = `${source}: expected a model.safetensors of heddle's, which says what its network is; found weights alone`;
    throw new HeddleError('FORMAT', problem, { cause });
  }
}

/** For a model whose file does not say how pictures become its inputs. */
function usualTransform([channels, height, width]: Shape, source: string): ImageTransform {
  if (channels === 1) return { type: 'lightOnDark', height, width };
  if (channels === 3) return { type: 'resizeCrop', channels, resize: Math.min(height, width), crop: [height, width] };
  throw new HeddleError('FORMAT', `${source}: expected a network for pictures of 1 or 3 channels; found ${channels}`);
}
