import { HeddleError } from '../errors.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { kindOf, options, required } from '../validate.js';

/** Bytes become (value / 255 − mean) / std, floats (value − mean) / std; each a number, or one for each channel of images or
 * for each feature. */
export interface Normalization {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

/** @param inputShape of one sample
 * @throws HeddleError ARGUMENT unless samples of this shape can be normalized so */
export function checkNormalization(normalization: Normalization, inputShape: Shape): void {
  const form = 'normalization: { mean, std }';
  const { mean, std } = options(form, normalization, { mean: undefined, std: undefined });
  required(form, { mean, std });
  const [channels] = inputShape;
  const fits = (given: Normalization['mean'], least: number) =>
    (Array.isArray(given) ? given.length === channels : typeof given === 'number') &&
    [given].flat().every((value) => Number.isFinite(value) && value > least);
  if (fits(mean, Number.NEGATIVE_INFINITY) && fits(std, 0)) return;
  const text = (given: Normalization['mean']) => (Array.isArray(given) ? formatShape(given) : kindOf(given));
  const many = `${channels} ${inputShape.length === 1 ? 'features' : 'channels'}`;
  throw new HeddleError(
    'ARGUMENT',
    `normalization wants a mean and an std above 0, each a number or a list of one for each of the ${many}, not ${text(mean)} and ${text(std)}`,
  );
}

/** How one channel is scaled. */
export interface ChannelScale {
  readonly mean: number;
  readonly std: number;
  /** What each value of a byte becomes. */
  readonly bytes: Float32Array;
}

/** How each channel is scaled; all of them have one table if the normalization is one for all. */
export function channelScales({ mean, std }: Normalization, channels: number): readonly ChannelScale[] {
  const scale = (channelMean: number, channelStd: number): ChannelScale => ({
    mean: channelMean,
    std: channelStd,
    bytes: Float32Array.from({ length: 256 }, (_, value) => (value / 255 - channelMean) / channelStd),
  });
  if (typeof mean === 'number' && typeof std === 'number') return Array<ChannelScale>(channels).fill(scale(mean, std));
  const at = (given: Normalization['mean'], channel: number) => (typeof given === 'number' ? given : given[channel]);
  return Array.from({ length: channels }, (_, channel) => scale(at(mean, channel), at(std, channel)));
}
