import { cropPaddings } from '../../data/augmentation/padding.js';
import { integer, number } from './parsers.js';
import type { SettingTable } from './setting.js';

/** How training images are changed from epoch to epoch. */
export const augmentationSettings = {
  horizontalFlip: {
    flag: '--horizontal-flip <p>',
    help: 'augmentation: probability of a mirror image',
    parse: number(0, 1),
    default: 0,
    part: 'augmentation',
    needs: ['alternatingFlip', 'false'],
  },
  alternatingFlip: {
    flag: '--alternating-flip',
    help: 'augmentation: instead, mirror each image in every other epoch',
    default: false,
    off: 'mirror images at random, where a recipe or a file has it',
    part: 'augmentation',
  },
  verticalFlip: {
    flag: '--vertical-flip <p>',
    help: 'augmentation: probability that an image is upside down',
    parse: number(0, 1),
    default: 0,
    part: 'augmentation',
  },
  randomResizedCrop: {
    flag: '--random-resized-crop <share>',
    help: 'augmentation: least share of the image that is cut out and enlarged, such as 0.3',
    parse: number(0, 1),
    default: 0,
    part: 'augmentation',
  },
  randomCrop: {
    flag: '--random-crop <pixels>',
    help: 'augmentation: pixels around the image that a crop is taken of',
    parse: integer(0),
    default: 0,
    part: 'augmentation',
  },
  cropPadding: {
    flag: '--crop-padding <mode>',
    help: 'augmentation: black, the outermost pixels, or the mirrored image without or with these',
    choices: cropPaddings,
    default: 'constant',
    part: 'augmentation',
    needs: ['randomCrop'],
  },
  colorJitter: {
    flag: '--color-jitter <x>',
    help: 'augmentation: brightness, contrast and saturation times 1 − x to 1 + x',
    parse: number(0),
    default: 0,
    part: 'augmentation',
  },
  trivialAugment: {
    flag: '--trivial-augment',
    help: 'augmentation: one of 14 changes of colour or place, of any strength',
    default: false,
    off: 'without it, where a recipe or a file has it',
    part: 'augmentation',
  },
  randomErasing: {
    flag: '--random-erasing <p>',
    help: 'augmentation: probability that a rectangle is erased',
    parse: number(0, 1),
    default: 0,
    part: 'augmentation',
  },
  cutout: {
    flag: '--cutout <pixels>',
    help: 'augmentation: side of a square that is erased around some point, such as 8',
    parse: integer(0),
    default: 0,
    part: 'augmentation',
  },
  mixup: {
    flag: '--mixup <alpha>',
    help: 'augmentation: mix images and their classes in pairs, such as 0.2',
    parse: number(0),
    default: 0,
    part: 'augmentation',
  },
} as const satisfies SettingTable;
