import type { Kernels } from '../../kernels/kernels.js';
import type { Patches } from '../../kernels/patches.js';
import { type PartPhase, perPart } from '../../program/phase.js';
import type { Arena } from '../../tensor/arena.js';
import type { Geometry, Product } from './im2colGeometry.js';

/** Memory for the weights of a product as panels, group after group. */
export const takePanels = (arena: Arena, { groups, panelsSize }: Product) => arena.float32(groups * panelsSize);

/** The weights [kernel height][kernel width][C][O], C of a group, as panels for the outputs: K = (ky, kx, c) and N = o. */
export function packWeights(
  kernels: Kernels,
  { groups, outChannels, outputs }: Geometry,
  weight: Float32Array,
  panels: Float32Array,
): PartPhase {
  const perGroup = Math.ceil(outChannels / 8);
  const [{ depth }] = outputs.sums;
  return perPart(groups * perGroup, (part) => {
    const [group, o] = [Math.floor(part / perGroup), 8 * (part % perGroup)];
    const source = weight.subarray(group * outChannels + o);
    const target = panels.subarray(8 * part * depth);
    const columns = Math.min(8, outChannels - o);
    kernels.packPanels(source, depth, columns, groups * outChannels, 1, target, 0, depth);
  });
}

/** The same for the input gradient: K = (taps, o), and N = c. */
export function packTurnedWeights(
  kernels: Kernels,
  { groups, inChannels, outChannels, inputGradient: { sums, panelsSize } }: Geometry,
  weight: Float32Array,
  panels: Float32Array,
): PartPhase {
  const perGroup = Math.ceil(inChannels / 8);
  const pixel = groups * outChannels;
  return perPart(groups * perGroup, (part) => {
    const [group, c] = [Math.floor(part / perGroup), 8 * (part % perGroup)];
    const columns = Math.min(8, inChannels - c);
    for (const { taps, depth, panels: start } of sums) {
      const target = panels.subarray(group * panelsSize + start + c * depth);
      for (const [place, tap] of taps.entries()) {
        const source = weight.subarray((tap * inChannels + c) * pixel + group * outChannels);
        kernels.packPanels(source, outChannels, columns, 1, pixel, target, place * outChannels, depth);
      }
    }
  });
}

/** The product of images with weights in panels: a convolution's outputs of its input, or the input's gradient of the
 * outputs'. */
export function multiply(
  kernels: Kernels,
  { sums: place }: Geometry,
  { groups, columns, sums, panelsSize, layout }: Product,
  image: Float32Array,
  panels: Float32Array,
  bias: Float32Array | undefined,
  output: Float32Array,
  scratch: Float32Array,
  images = 1,
): void {
  const channels = groups * columns;
  for (let group = 0; group < groups; group++) {
    const a = layout.layOut(kernels, image, group, scratch);
    const first = group * columns;
    for (const { start, patches, panels: offset, pixel, lineStep, step } of sums) {
      const b = panels.subarray(group * panelsSize + offset);
      const biasOfGroup = bias?.subarray(first);
      if (sums.length === 1) {
        const rows = patchesOf(patches, images);
        kernels.gemm(a, rows, b, biasOfGroup, output.subarray(first), columns, channels);
        continue;
      }
      const results = scratch.subarray(place);
      const { lines, perLine } = patches;
      kernels.gemm(a.subarray(start), patches, b, biasOfGroup, results, columns, columns);
      const target = output.subarray(pixel * channels + first);
      kernels.spreadPixels(results, lines, perLine, columns, target, lineStep * channels, step * channels);
    }
  }
}

/** A convolution's outputs of some lines of an image, of which `output` is the first. */
export function multiplyLines(
  kernels: Kernels,
  { groups, columns, sums, panelsSize, layout }: Product,
  image: Float32Array,
  first: number,
  count: number,
  panels: Float32Array,
  bias: Float32Array | undefined,
  output: Float32Array,
  scratch: Float32Array,
): void {
  const [{ patches }] = sums;
  const rows = { ...patches, lines: count };
  for (let group = 0; group < groups; group++) {
    const a = layout.layOut(kernels, image, group, scratch).subarray(first * patches.lineStride);
    const [b, channel] = [panels.subarray(group * panelsSize), group * columns];
    kernels.gemm(a, rows, b, bias?.subarray(channel), output.subarray(channel), columns, groups * columns);
  }
}

/** Several images are a matrix: their lines follow each other. */
const patchesOf = (patches: Patches, images: number): Patches =>
  images === 1 ? patches : { ...patches, lines: images * patches.lines };

/** The part of images in the gradient of the weights, from the gradient of their outputs. */
export function addWeightGradient(
  kernels: Kernels,
  g: Geometry,
  image: Float32Array,
  dy: Float32Array,
  accumulate: boolean,
  dWeight: Float32Array,
  scratch: Float32Array,
  images = 1,
): void {
  const { groups, outChannels, outputs } = g;
  const [patches, pixels] = [patchesOf(outputs.sums[0].patches, images), images * g.pixels];
  const [dyPanels, packed] = [scratch.subarray(g.dyPanels), scratch.subarray(g.packed)];
  const pixel = groups * outChannels;
  for (let group = 0; group < groups; group++) {
    const a = outputs.layout.layOut(kernels, image, group, scratch);
    const [dyOfGroup, target] = [dy.subarray(group * outChannels), dWeight.subarray(group * outChannels)];
    kernels.packPanels(dyOfGroup, pixels, outChannels, pixel, 1, dyPanels, 0, pixels);
    kernels.gemmTransposed(a, patches, dyPanels, packed, target, outChannels, pixel, accumulate);
  }
}
