import type { Kernels } from '../../kernels/kernels.js';
import { panelSize } from '../../kernels/patches.js';
import { type Phase, perPart } from '../../program/phase.js';
import type { Arena } from '../../tensor/arena.js';
import type { Geometry, Product } from './im2colGeometry.js';

/** Memory for the weights of a product as panels, group after group. */
export const takePanels = (arena: Arena, { groups, depth, columns }: Product) =>
  arena.float32(groups * panelSize(depth, columns));

/** The weights [kernel height][kernel width][C][O], C of a group, as panels for the outputs: K = (ky, kx, c) and N = o. */
export function packWeights(
  kernels: Kernels,
  { groups, outChannels, outputs: { depth } }: Geometry,
  weight: Float32Array,
  panels: Float32Array,
): Phase & { by: 'part' } {
  const perGroup = Math.ceil(outChannels / 8);
  return perPart(groups * perGroup, (part) => {
    const [group, o] = [Math.floor(part / perGroup), 8 * (part % perGroup)];
    const source = weight.subarray(group * outChannels + o);
    const target = panels.subarray(8 * part * depth);
    const columns = Math.min(8, outChannels - o);
    kernels.packPanels(source, depth, columns, groups * outChannels, 1, target, 0, depth);
  });
}

/** The same for the input gradient: K = (ky, kx, o), turned by 180°, and N = c. */
export function packTurnedWeights(
  kernels: Kernels,
  { groups, taps, inChannels, outChannels, inputGradient: { depth } }: Geometry,
  weight: Float32Array,
  panels: Float32Array,
): Phase & { by: 'part' } {
  const perGroup = Math.ceil(inChannels / 8);
  const pixel = groups * outChannels;
  return perPart(groups * perGroup, (part) => {
    const [group, c] = [Math.floor(part / perGroup), 8 * (part % perGroup)];
    const target = panels.subarray(8 * part * depth);
    const columns = Math.min(8, inChannels - c);
    for (let tap = 0; tap < taps; tap++) {
      const source = weight.subarray(((taps - 1 - tap) * inChannels + c) * pixel + group * outChannels);
      kernels.packPanels(source, outChannels, columns, 1, pixel, target, tap * outChannels, depth);
    }
  });
}

/** The product of images with weights in panels: a convolution's outputs of its input, or the input's gradient of the
 * outputs'. */
export function multiply(
  kernels: Kernels,
  product: Product,
  image: Float32Array,
  panels: Float32Array,
  bias: Float32Array | undefined,
  output: Float32Array,
  scratch: Float32Array,
  images = 1,
): void {
  const { groups, depth, columns } = product;
  const patches = patchesOf(product, images);
  for (let group = 0; group < groups; group++) {
    const a = product.layOut(kernels, image, group, scratch);
    const b = panels.subarray(group * panelSize(depth, columns));
    const first = group * columns;
    kernels.gemm(a, patches, b, bias?.subarray(first), output.subarray(first), columns, groups * columns);
  }
}

/** Several images are a matrix: their lines follow each other. */
const patchesOf = ({ patches }: Product, images: number) =>
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
  const [patches, pixels] = [patchesOf(outputs, images), images * g.pixels];
  const [dyPanels, packed] = [scratch.subarray(g.dyPanels), scratch.subarray(g.packed)];
  const pixel = groups * outChannels;
  for (let group = 0; group < groups; group++) {
    const a = outputs.layOut(kernels, image, group, scratch);
    const [dyOfGroup, target] = [dy.subarray(group * outChannels), dWeight.subarray(group * outChannels)];
    kernels.packPanels(dyOfGroup, pixels, outChannels, pixel, 1, dyPanels, 0, pixels);
    kernels.gemmTransposed(a, patches, dyPanels, packed, target, outChannels, pixel, accumulate);
  }
}
