import type { Shape } from '../../tensor/shape.js';
import type { ConvolutionChoice } from '../layer.js';
import type { ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { im2col } from './im2col.js';
import { winograd } from './winograd.js';

/** The fastest first; the last one serves every convolution. */
const algorithms: readonly ConvolutionAlgorithm[] = [winograd, im2col];

/** The algorithm for a convolution: a matter of its shapes and the choice alone, never of the machine. */
export const algorithmFor = (
  choice: ConvolutionChoice,
  settings: ConvolutionSettings,
  output: Shape,
): ConvolutionAlgorithm =>
  algorithms.find(({ name, serves }) => (choice === 'auto' || choice === name) && serves(settings, output)) ?? im2col;
