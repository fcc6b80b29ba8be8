import type { Kernels } from '../../kernels/kernels.js';
import { TILE_SCRATCH } from '../../kernels/tiles.js';
import type { ConvolutionSettings } from './convolution.js';
import { strideOf } from './winogradGeometry.js';

/** Floats of scratch memory for the panels of either kind. */
export const panelScratch = ({ outChannels }: ConvolutionSettings) => TILE_SCRATCH + 9 * 8 * outChannels;

/** The points of the weights [3][3][C][O] for eight outputs, from `o` on, as a panel for the outputs. */
export function outputPanel(
  kernels: Kernels,
  settings: ConvolutionSettings,
  weight: Float32Array,
  o: number,
  panel: Float32Array,
  pointStride: number,
  scratch: Float32Array,
): void {
  const { inChannels, outChannels } = settings;
  const taps = inChannels * outChannels;
  kernels.winogradWeights(
    weight.subarray(o),
    strideOf(settings),
    taps,
    inChannels,
    outChannels,
    panel,
    pointStride,
    scratch,
  );
}

/** The same for eight inputs, from `c` on, as a panel for the input's gradient: with C and O exchanged. */
export function inputPanel(
  kernels: Kernels,
  settings: ConvolutionSettings,
  weight: Float32Array,
  c: number,
  panel: Float32Array,
  pointStride: number,
  scratch: Float32Array,
): void {
  const { inChannels, outChannels } = settings;
  const taps = inChannels * outChannels;
  const turned = scratch.subarray(TILE_SCRATCH);
  for (let tap = 0; tap < 9; tap++) {
    const target = turned.subarray(tap * 8 * outChannels);
    kernels.transpose(weight.subarray(tap * taps + c * outChannels), 8, outChannels, target);
  }
  kernels.winogradWeights(turned, strideOf(settings), 8 * outChannels, outChannels, 8, panel, pointStride, scratch);
}
