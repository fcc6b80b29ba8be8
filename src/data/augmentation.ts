import { HeddleError } from '../errors.js';
import { flag, inRange, oneOf, options, wholeNumber } from '../validate.js';
import { type CropPadding, cropPaddings } from './augmentation/padding.js';

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
  /** Pixels put around the image before a part of its size is cut out: RandomCrop's padding. */
  readonly randomCrop: number;
  /** Of what value: RandomCrop's padding_mode. Default 'constant', which is 0. A mirrored image reaches no farther than the image:
   * with 'reflect' randomCrop is below its height and width, with 'symmetric' at most so many. */
  readonly cropPadding: CropPadding;
  /** Probability of a mirror image: RandomHorizontalFlip. */
  readonly horizontalFlip: number;
  /** Whether, in place of that, half of the images are mirrored in the first epoch, the others in the second, the first half
   * in the third, and so on, so that two epochs see all images both ways. Jordan, 2024. */
  readonly alternatingFlip: boolean;
  /** Probability that it is upside down: RandomVerticalFlip. */
  readonly verticalFlip: number;
  readonly colorJitter: ColorJitter;
  /** Whether TrivialAugmentWide does one of its fourteen operations to each image. Müller and Hutter, 2021. */
  readonly trivialAugment: boolean;
  /** Probability of RandomErasing: a rectangle of 2% to 33% of the image, of an aspect ratio of 0.3 to 3.3, becomes the
   * network's input of 0. Zhong et al., 2020. */
  readonly randomErasing: number;
  /** Pixels of the side of a square around a point drawn anywhere in the image, of which what lies inside becomes the
   * network's input of 0; at most its height or width, whichever is more. DeVries and Taylor, 2017. */
  readonly cutout: number;
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
  cropPadding: 'constant',
  horizontalFlip: 0,
  alternatingFlip: false,
  verticalFlip: 0,
  colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  trivialAugment: false,
  randomErasing: 0,
  cutout: 0,
  mixup: 0,
};

/** @throws HeddleError ARGUMENT */
export function readAugmentation(given: AugmentationOptions): Augmentation {
  const form = 'augmentation: { horizontalFlip: 0.5, randomCrop: 4 }';
  const settings = options<AugmentationOptions, Augmentation>(form, given, noAugmentation);
  wholeNumber('randomCrop', settings.randomCrop, 0);
  oneOf('cropPadding', settings.cropPadding, cropPaddings);
  flag('alternatingFlip', settings.alternatingFlip);
  wholeNumber('cutout', settings.cutout, 0);
  flag('trivialAugment', settings.trivialAugment);
  inRange('mixup', settings.mixup, 0, Number.MAX_VALUE);
  for (const name of ['randomResizedCrop', 'horizontalFlip', 'verticalFlip', 'randomErasing'] as const)
    inRange(name, settings[name], 0, 1);
  checkTogether(settings);
  return { ...settings, colorJitter: readColorJitter(settings.colorJitter) };
}

/** @throws HeddleError ARGUMENT for an option beside which another one would do nothing */
function checkTogether(
  settings: Pick<Augmentation, 'randomCrop' | 'cropPadding' | 'horizontalFlip' | 'alternatingFlip'>,
) {
  const { randomCrop, cropPadding, horizontalFlip, alternatingFlip } = settings;
  if (cropPadding !== 'constant' && randomCrop === 0)
    throw new HeddleError(
      'ARGUMENT',
      `cropPadding: '${cropPadding}' does nothing without randomCrop; write { randomCrop: 1, cropPadding: '${cropPadding}' }`,
    );
  if (alternatingFlip && horizontalFlip > 0)
    throw new HeddleError(
      'ARGUMENT',
      `alternatingFlip takes the place of horizontalFlip, which is ${horizontalFlip}; leave one of them away`,
    );
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
