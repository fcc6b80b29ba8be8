import type { Kernels } from '../../kernels/kernels.js';
import { panelSize } from '../../kernels/patches.js';
import {
  APART,
  CHANNEL_BLOCK,
  channelOffset,
  outputLinePoints,
  TILE_STRIDE,
  type TileCounts,
} from '../../kernels/tiles.js';
import { type PartPhase, type Phase, perPart, perShard } from '../../program/phase.js';
import { gradientOfShard, samplesOf } from '../layer.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases, ConvolutionSettings } from './convolution.js';
import { type Geometry, POINTS, type TileRow, winogradGeometry } from './winogradGeometry.js';
import { inputPanel, outputPanel, panelScratch } from './winogradWeights.js';

/** The most points of an image's channel, which are held in memory by every thread: 36 of a tile, or 81. */
const MOST_POINTS = 36 * 1024;

/** A convolution by Winograd's minimal filtering (Lavin and Gray, 2015, arXiv:1509.09308), F(4×4,3×3) with F(2×2,3×3) where
 * an edge leaves one or two rows or columns: a quarter of the multiplications. Its points 0, 1, −1, ½, −2 and ∞ have half
 * the error of the usual ones (Barabasz et al., 2018, arXiv:1803.10986). With stride 2 the even pixels are convolved with two
 * of three weights, F(4,2) or F(2,2), and the odd ones multiplied by the third at the same points: 81 of 144 multiplications.
 * The gradients are the transposed maps of the same points, so that one transformed upstream gradient serves both. It serves
 * 3×3, stride 1 or 2, padding 2 at most, eights of channels, and no more than 128×128 outputs, 80×80 with stride 2. */
export const winograd: ConvolutionAlgorithm = {
  name: 'Winograd by shards',
  sharded: true,
  serves: ({ kernelSize, stride, padding, dilation, groups, inChannels, outChannels }, [, height, width]) =>
    groups === 1 &&
    Math.min(height, width) > 1 &&
    kernelSize.every((size) => size === 3) &&
    stride.every((step) => step === stride[0] && step <= 2) &&
    Math.ceil(height / 4) * Math.ceil(width / 4) * (stride[0] === 1 ? 36 : 81) <= MOST_POINTS &&
    dilation.every((step) => step === 1) &&
    padding.every((zeros) => zeros <= 2) &&
    inChannels % 8 === 0 &&
    outChannels % 8 === 0,
  plan(convolution, planner): ConvolutionPhases {
    const { settings, input, output, weight } = convolution;
    const { arena, kernels, training, inputGradient } = planner;
    const geometry = winogradGeometry(settings, input.shape, output.shape);
    const { inChannels, outChannels } = settings;
    const weightStride = panelSize(inChannels, outChannels) + APART;
    const points = arena.float32(POINTS * weightStride);
    const transposedPoints = training && inputGradient ? arena.float32(POINTS * weightStride) : undefined;
    planner.scratch(geometry.scratch);
    planner.scratch(panelScratch(settings));
    return {
      prepare: transformWeights(kernels, settings, weight.data, weightStride, points, transposedPoints),
      forward: [forward(kernels, geometry, convolution, points, weightStride)],
      backward: [backward(kernels, geometry, convolution, transposedPoints, weightStride)],
    };
  },
};

/** The weights [3][3][C][O] as points, in panels of eight outputs; for the input gradient also with C and O exchanged. */
function transformWeights(
  kernels: Kernels,
  settings: ConvolutionSettings,
  weight: Float32Array,
  pointStride: number,
  points: Float32Array,
  transposedPoints: Float32Array | undefined,
): PartPhase {
  const { inChannels, outChannels } = settings;
  const forwardParts = outChannels / 8;
  return perPart(forwardParts + (transposedPoints ? inChannels / 8 : 0), (part, _pass, scratch) => {
    if (part < forwardParts) {
      const panel = points.subarray(8 * part * inChannels);
      outputPanel(kernels, settings, weight, 8 * part, panel, pointStride, scratch);
    } else if (transposedPoints) {
      const c = 8 * (part - forwardParts);
      inputPanel(kernels, settings, weight, c, transposedPoints.subarray(c * outChannels), pointStride, scratch);
    }
  });
}

/** Calls `each` for every row of tiles of a block's samples, with the place of its first tile among the block's points. */
export function forEachRow(
  g: Pick<Geometry, 'rows'>,
  first: number,
  counts: TileCounts,
  images: number,
  each: (sample: number, row: TileRow, place: number) => void,
): void {
  for (let n = 0; n < images; n++) for (const row of g.rows) each(first + n, row, row.first(counts, n) * TILE_STRIDE);
}

/** Calls `each` for the blocks of a shard's samples. */
function forEachBlock(
  first: number,
  count: number,
  images: number,
  each: (first: number, count: number) => void,
): void {
  for (let n = 0; n < count; n += images) each(first + n, Math.min(images, count - n));
}

const forward = (
  kernels: Kernels,
  g: Geometry,
  { settings, input, output, bias, floor, affine, affineFloor, affineCeiling }: Convolution,
  weights: Float32Array,
  weightStride: number,
): Phase =>
  perShard(({ first, count }, _pass, scratch) => {
    const [x, y] = [scratch.subarray(g.points), scratch.subarray(g.products)];
    const { inputStrides, outputStrides } = g;
    forEachBlock(first, count, g.images, (start, images) => {
      const counts = g.countsOf(images);
      transformInput(kernels, g, input.data, start, images, counts, x, scratch);
      const { inChannels, outChannels } = settings;
      kernels.winogradProducts(
        x,
        inputStrides,
        counts,
        inChannels,
        weights,
        weightStride,
        y,
        outputStrides,
        outChannels,
        false,
      );
      forEachRow(g, start, counts, images, (sample, row, place) => {
        kernels.winogradOutput(
          y.subarray(place),
          outputStrides,
          row.output,
          bias?.data,
          floor,
          affine,
          affineFloor,
          affineCeiling,
          samplesOf(output.data, g.outputSize, sample),
          scratch,
        );
      });
    });
  });

function transformInput(
  kernels: Kernels,
  g: Geometry,
  input: Float32Array,
  first: number,
  images: number,
  counts: TileCounts,
  points: Float32Array,
  scratch: Float32Array,
): void {
  forEachRow(g, first, counts, images, (sample, row, place) => {
    const image = samplesOf(input, g.inputSize, sample);
    kernels.winogradInput(image, row.input, points.subarray(place), g.inputStrides, scratch);
  });
}

const backward = (
  kernels: Kernels,
  g: Geometry,
  { settings, input, weight, bias, output }: Convolution,
  weights: Float32Array | undefined,
  weightStride: number,
): Phase =>
  perShard(({ index, first, count }, _pass, scratch) => {
    const { inChannels, outChannels } = settings;
    const { inputStrides, outputStrides, gradientStride } = g;
    const [x, dy] = [scratch.subarray(g.inputPoints), scratch.subarray(g.upstreamPoints)];
    const dx = scratch.subarray(g.products);
    const dWeights = scratch.subarray(g.gradientPoints);
    forEachBlock(first, count, g.images, (start, images) => {
      const counts = g.countsOf(images);
      forEachRow(g, start, counts, images, (sample, row, place) => {
        const image = samplesOf(output.gradient, g.outputSize, sample);
        kernels.winogradOutputGradient(image, row.output, dy.subarray(place), outputStrides, scratch);
      });
      if (bias?.requiresGrad) sumUpstream(kernels, g, dy, counts, gradientOfShard(bias, index), start > first);
      if (weight.requiresGrad) {
        transformInput(kernels, g, input.data, start, images, counts, x, scratch);
        kernels.winogradWeightProducts(
          x,
          inputStrides,
          dy,
          outputStrides,
          counts,
          inChannels,
          outChannels,
          dWeights,
          gradientStride,
          start > first,
        );
      }
      if (!weights) return;
      kernels.winogradProducts(
        dy,
        outputStrides,
        counts,
        outChannels,
        weights,
        weightStride,
        dx,
        inputStrides,
        inChannels,
        true,
      );
      const dImages = samplesOf(input.gradient, g.inputSize, start, images);
      kernels.zeroColumns(dImages, 1, dImages.length, dImages.length);
      forEachRow(g, start, counts, images, (sample, row, place) => {
        const image = samplesOf(input.gradient, g.inputSize, sample);
        kernels.winogradInputGradient(dx.subarray(place), inputStrides, row.input, image, scratch);
      });
    });
    if (!weight.requiresGrad) return;
    const dWeight = gradientOfShard(weight, index);
    const taps = inChannels * outChannels;
    kernels.winogradWeightGradient(
      dWeights,
      g.stride,
      gradientStride,
      inChannels,
      outChannels,
      dWeight,
      taps,
      outChannels,
      scratch,
    );
  });

/** The bias's gradient of a block of images: at the points (1, 1), which all tiles have, a tile's upstream gradients are summed. */
function sumUpstream(
  kernels: Kernels,
  { outputStrides, outChannels, stride }: Geometry,
  dy: Float32Array,
  { right, body, bottom, corner }: TileCounts,
  gradient: Float32Array,
  accumulate: boolean,
): void {
  const place = stride === 1 ? 1 : 2;
  const point = dy.subarray((outputLinePoints(stride) + 1) * place * outputStrides.pointStride);
  for (let c = 0; c < outChannels; c += CHANNEL_BLOCK) {
    const source = point.subarray(channelOffset(outputStrides, c));
    const columns = Math.min(CHANNEL_BLOCK, outChannels - c);
    const tiles = right + body + bottom + corner;
    kernels.columnSums(source, tiles, columns, TILE_STRIDE, gradient.subarray(c), accumulate);
  }
}
