import type { Shape } from '../../tensor/shape.js';
import type { ConvolutionChoice } from '../layer.js';
import type { ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { depthwise } from './depthwise.js';
import { im2col } from './im2col.js';
import { winograd } from './winograd.js';

/** The fastest first; the last one serves every convolution. */
const algorithms: readonly ConvolutionAlgorithm[] = [winograd, depthwise, im2col];

/** The algorithm for a convolution: a matter of its shapes and the choice alone, never of the machine. */
export const algorithmFor = (
  choice: ConvolutionChoice,
  settings: ConvolutionSettings,
  output: Shape,
): ConvolutionAlgorithm =>
  (choice === 'im2col' ? undefined : algorithms.find(({ serves }) => serves(settings, output))) ?? im2col;
