import { flag, inRange, options, wholeNumber } from '../validate.js';

/** By how much ColorJitter changes the colours of an image: factors are drawn from 1 − x, or 0, to 1 + x. */
export interface ColorJitter {
  readonly brightness: number;
  readonly contrast: number;
  /** Images of one channel stay as they are. */
  readonly saturation: number;
  /** The most that hues are turned by, at most ½ of the colour circle, either way. */
  readonly hue: number;
}

/** How training images are changed at random, in this order, as torchvision's transforms of these names do it. Off: all 0.
 * What changes colours or sizes (randomResizedCrop, colorJitter, trivialAugment) is for images of bytes with 1 or 3 channels,
 * grey or red, green and blue. */
export interface Augmentation {
  /** The least share of an image that RandomResizedCrop cuts out, at an aspect ratio of 3/4 to 4/3, and makes as large as the
   * image was: 0.08 in torchvision. */
  readonly randomResizedCrop: number;
  /** Pixels of value 0 put around the image before a part of its size is cut out: RandomCrop's padding. */
  readonly randomCrop: number;
  /** Probability of a mirror image: RandomHorizontalFlip. */
  readonly horizontalFlip: number;
  /** Probability that it is upside down: RandomVerticalFlip. */
  readonly verticalFlip: number;
  readonly colorJitter: ColorJitter;
  /** Whether TrivialAugmentWide does one of its fourteen operations to each image. Müller and Hutter, 2021. */
  readonly trivialAugment: boolean;
  /** Probability of RandomErasing: a rectangle of 2% to 33% of the image, of an aspect ratio of 0.3 to 3.3, becomes the
   * network's input of 0. Zhong et al., 2020. */
  readonly randomErasing: number;
  /** α above 0: each input and its target become λ parts of their own and 1 − λ of the one before it in the batch, with one
   * λ ~ Beta(α, α) a batch. Of classes the loss has to be a plain CrossEntropyLoss, and metrics go by the own class; targets
   * that are floats are mixed themselves. Zhang et al., 2018. */
  readonly mixup: number;
}

/** Augmentation as options have it. */
export interface AugmentationOptions extends Partial<Omit<Augmentation, 'colorJitter'>> {
  /** A number stands for brightness, contrast and saturation. */
  readonly colorJitter?: number | Partial<ColorJitter>;
}

export const noAugmentation: Augmentation = {
  randomResizedCrop: 0,
  randomCrop: 0,
  horizontalFlip: 0,
  verticalFlip: 0,
  colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  trivialAugment: false,
  randomErasing: 0,
  mixup: 0,
};

/** @throws HeddleError ARGUMENT */
export function readAugmentation(given: AugmentationOptions): Augmentation {
  const form = 'augmentation: { horizontalFlip: 0.5, randomCrop: 4 }';
  const settings = options<AugmentationOptions, Augmentation>(form, given, noAugmentation);
  wholeNumber('randomCrop', settings.randomCrop, 0);
  flag('trivialAugment', settings.trivialAugment);
  inRange('mixup', settings.mixup, 0, Number.MAX_VALUE);
  for (const name of ['randomResizedCrop', 'horizontalFlip', 'verticalFlip', 'randomErasing'] as const)
    inRange(name, settings[name], 0, 1);
  return { ...settings, colorJitter: readColorJitter(settings.colorJitter) };
}

function readColorJitter(given: number | Partial<ColorJitter>): ColorJitter {
  const form = 'colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }';
  if (typeof given === 'number') inRange('colorJitter', given, 0, Number.MAX_VALUE);
  const named = typeof given === 'number' ? { brightness: given, contrast: given, saturation: given } : given;
  const jitter = options(form, named, noAugmentation.colorJitter);
  for (const [name, most] of Object.entries(jitter))
    inRange(`colorJitter.${name}`, most, 0, name === 'hue' ? 0.5 : Number.MAX_VALUE);
  return jitter;
}

export const isAugmented = (augmentation: Augmentation): boolean =>
  JSON.stringify(augmentation) !== JSON.stringify(noAugmentation);

export const jitters = ({ colorJitter }: Augmentation): boolean => Object.values(colorJitter).some((most) => most > 0);

/** The first of those that want images of bytes, or undefined. */
export function changeOfBytes(augmentation: Augmentation): keyof Augmentation | undefined {
  if (augmentation.randomResizedCrop > 0) return 'randomResizedCrop';
  if (jitters(augmentation)) return 'colorJitter';
  return augmentation.trivialAugment ? 'trivialAugment' : undefined;
}
