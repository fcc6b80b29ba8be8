import type { TapWindows } from '../../kernels/contract/depthwise.js';
import type { Kernels } from '../../kernels/kernels.js';
import { allSamples, ownSamples, type SampleRange } from '../../program/ownPart.js';
import {
  type ChannelBlock,
  type ChannelPhase,
  type Pass,
  type Phase,
  perChannels,
  perShard,
} from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import { gradientOfShard, type Planner } from '../layer.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { type GradientWindows, inputGradientWindows, outputWindows } from './depthwiseWindows.js';
import { overWholeBatch } from './overWholeBatch.js';

/** Lines of so many outputs are worth what it costs to go along them image by image, and images of such do not fit in a cache
 * together. */
const LONG_LINE = 16;

const isDepthwise = ({ groups, inChannels, outChannels }: ConvolutionSettings) =>
  groups > 1 && groups === inChannels && outChannels === inChannels;

/** A convolution of each channel by itself, which reads pixels where they lie: nothing is padded, packed or spread out. */
export const depthwise: ConvolutionAlgorithm = {
  name: 'depthwise by shards',
  sharded: true,
  serves: isDepthwise,
  plan(convolution, planner) {
    const { forward, ofInput, ofParameters } = stepsOf(convolution, planner);
    return {
      forward: [byShard(convolution, forward)],
      backward: [ofInput, ofParameters].map((step) => byShard(convolution, step)),
    };
  },
};

/** The same where images are small, over the whole batch. */
export const depthwiseByChannels: ConvolutionAlgorithm = {
  name: 'depthwise by channels',
  sharded: false,
  serves: isDepthwise,
  plan(convolution, planner) {
    const { forward, ofInput, ofParameters } = stepsOf(convolution, planner);
    return overWholeBatch(convolution, planner, {
      forward: [byChannels(convolution, forward)],
      ofInput: [byChannels(convolution, ofInput)],
      again: [],
      ofParameters: byChannels(convolution, ofParameters, allSamples),
    });
  },
};

/** Some samples of a batch, and some of their channels, with what their gradients are added to. */
interface Part {
  readonly first: number;
  readonly samples: number;
  readonly channels: ChannelBlock;
  readonly dWeight: Float32Array | undefined;
  readonly dBias: Float32Array | undefined;
  /** Or else they are written anew. */
  readonly accumulate: boolean;
}

/** Cuts a batch: what is done to a part makes a phase, of all samples where parts are channels of these. */
type Cut<P extends Phase> = (
  convolution: Convolution,
  run: (part: Part) => void,
  samplesOfPass?: (pass: Pass) => SampleRange,
) => P;

const byShard: Cut<Phase> = ({ settings, weight, bias, output }, run) => {
  const channels = { first: 0, count: settings.outChannels };
  const together = output.shape[2] < LONG_LINE;
  return perShard(({ index, first, count }) => {
    const dWeight = weight.shardGradients && gradientOfShard(weight, index);
    const dBias = bias?.shardGradients && gradientOfShard(bias, index);
    const samples = together ? count : 1;
    for (let n = 0; n < count; n += samples)
      run({ first: first + n, samples, channels, dWeight, dBias, accumulate: n > 0 });
  });
};

const byChannels: Cut<ChannelPhase> = ({ settings, weight, bias }, run, samplesOfPass = ownSamples) =>
  perChannels(settings.outChannels, (channels, pass) => {
    const { first, count: samples } = samplesOfPass(pass);
    run({ first, samples, channels, dWeight: weight.gradient, dBias: bias?.gradient, accumulate: false });
  });

/** What is done to a part. */
function stepsOf(convolution: Convolution, { arena, kernels, inputGradient }: Planner) {
  const { settings, input, output } = convolution;
  const windows = outputWindows(settings, input.shape, output.shape);
  const gradientWindows = inputGradient ? inputGradientWindows(settings, input.shape, output.shape) : [];
  const zeros = arena.float32(settings.outChannels);
  return {
    forward: (part: Part) => runForward(kernels, windows, convolution, zeros, part),
    ofInput: (part: Part) => runInputGradient(kernels, gradientWindows, convolution, zeros, part),
    ofParameters: (part: Part) => {
      addWeightGradient(kernels, windows, convolution, part);
      addBiasGradient(kernels, convolution, part);
    },
  };
}

function runForward(
  kernels: Kernels,
  windows: TapWindows,
  { weight, bias, input, output, floor, affine, affineFloor, affineCeiling }: Convolution,
  zeros: Float32Array,
  part: Part,
): void {
  const { first: c, count } = part.channels;
  const x = input.data.subarray(part.first * windows.sampleStride + c);
  const y = output.data.subarray(part.first * windows.outputSampleStride + c);
  const [weights, biases] = [weight.data.subarray(c), (bias?.data ?? zeros).subarray(c)];
  kernels.depthwise(
    x,
    windows,
    part.samples,
    count,
    weights,
    biases,
    floor,
    affine?.subarray(c),
    affineFloor,
    affineCeiling,
    y,
  );
}

function runInputGradient(
  kernels: Kernels,
  gradientWindows: readonly GradientWindows[],
  { weight, input, output }: Convolution,
  zeros: Float32Array,
  part: Part,
): void {
  const { first: c, count } = part.channels;
  const none = Number.NEGATIVE_INFINITY;
  const weights = weight.data.subarray(c);
  for (const { windows, place } of gradientWindows) {
    const dy = output.gradient.subarray(part.first * windows.sampleStride + c);
    const dx = input.gradient.subarray(part.first * windows.outputSampleStride + c + place);
    kernels.depthwise(dy, windows, part.samples, count, weights, zeros, none, undefined, none, none, dx);
  }
}

function addWeightGradient(
  kernels: Kernels,
  windows: TapWindows,
  { settings, weight, input, output }: Convolution,
  part: Part,
): void {
  if (!weight.requiresGrad || !part.dWeight) return;
  const { first: c, count } = part.channels;
  if (!part.accumulate)
    // Taps that no output uses get none.
    for (let tap = c; tap < part.dWeight.length; tap += settings.outChannels) part.dWeight.fill(0, tap, tap + count);
  const x = input.data.subarray(part.first * windows.sampleStride + c);
  const dy = output.gradient.subarray(part.first * windows.outputSampleStride + c);
  kernels.addDepthwiseWeightGradient(x, windows, part.samples, count, dy, part.dWeight.subarray(c));
}

function addBiasGradient(
  kernels: Kernels,
  { bias, output }: Convolution,
  { first, samples, channels, dBias, accumulate }: Part,
): void {
  if (!bias?.requiresGrad || !dBias) return;
  const [stride, c] = [output.shape[0], channels.first];
  const size = sizeOf(output.shape);
  const dy = output.gradient.subarray(first * size + c);
  kernels.columnSums(dy, (samples * size) / stride, channels.count, stride, dBias.subarray(c), accumulate);
}
