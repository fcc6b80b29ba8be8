import { HeddleError } from '../errors.js';
import { kindOf, oneOf, options, required, wholeNumber } from '../validate.js';

/** How a picture becomes the input of a network, as torchvision's transforms of these names do it. */
export interface ResizeCrop {
  readonly type: 'resizeCrop';
  /** Colours become greys, or greys colours of three equal parts. */
  readonly channels: 1 | 3;
  /** What Resize makes the shorter side, in pixels; the longer one follows. */
  readonly resize: number;
  /** The [height, width] that CenterCrop leaves. */
  readonly crop: readonly [number, number];
}

/** How a picture becomes one as MNIST has them, grey, light on dark: see toInput. */
export interface LightOnDark {
  readonly type: 'lightOnDark';
  readonly height: number;
  readonly width: number;
}

export type ImageTransform = ResizeCrop | LightOnDark;

/** [channels, height, width] of what a transform makes. */
export const transformedShape = (
  transform: ImageTransform,
): readonly [channels: 1 | 3, height: number, width: number] =>
  transform.type === 'resizeCrop' ? [transform.channels, ...transform.crop] : [1, transform.height, transform.width];

/** Along each side. */
export const MOST_PIXELS = 4096;

/** @param source what messages call the transform
 * @throws HeddleError ARGUMENT unless it is one */
export function checkTransform(transform: unknown, source = 'transform'): ImageTransform {
  const { type } = (transform ?? {}) as { readonly type?: unknown };
  oneOf(`${source}.type`, type as ImageTransform['type'], ['resizeCrop', 'lightOnDark']);
  return type === 'resizeCrop'
    ? checkResizeCrop(transform as ResizeCrop, source)
    : checkLightOnDark(transform as LightOnDark, source);
}

function checkResizeCrop(given: ResizeCrop, source: string): ResizeCrop {
  const form = `${source}: { type: 'resizeCrop', channels: 3, resize: 64, crop: [64, 64] }`;
  const { channels, resize, crop } = options(form, given, {
    type: undefined,
    channels: undefined,
    resize: undefined,
    crop: undefined,
  });
  required(form, { channels, resize, crop });
  if (channels !== 1 && channels !== 3)
    throw new HeddleError('ARGUMENT', `${source}.channels must be 1 or 3, not ${kindOf(channels)}`);
  wholeNumber(`${source}.resize`, resize, 1, MOST_PIXELS);
  if (!Array.isArray(crop) || crop.length !== 2)
    throw new HeddleError('ARGUMENT', `${source}.crop must be [height, width], not ${kindOf(crop)}`);
  for (const length of crop) wholeNumber(`${source}.crop`, length, 1, MOST_PIXELS);
  return { type: 'resizeCrop', channels, resize, crop: [crop[0], crop[1]] };
}

function checkLightOnDark(given: LightOnDark, source: string): LightOnDark {
  const form = `${source}: { type: 'lightOnDark', height: 28, width: 28 }`;
  const { height, width } = options(form, given, { type: undefined, height: undefined, width: undefined });
  required(form, { height, width });
  wholeNumber(`${source}.height`, height, 1, MOST_PIXELS);
  wholeNumber(`${source}.width`, width, 1, MOST_PIXELS);
  return { type: 'lightOnDark', height, width };
}
