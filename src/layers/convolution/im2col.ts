import type { Kernels } from '../../kernels/kernels.js';
import { type Phase, perShard, uniteParts } from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import { isFewSamples, perLines } from '../cut.js';
import { gradientOfShard, samplesOf } from '../layer.js';
import { writeBiasGradient } from './biasGradient.js';
import type { Convolution, ConvolutionAlgorithm } from './convolution.js';
import { type Geometry, im2colGeometry } from './im2colGeometry.js';
import {
  addWeightGradient,
  multiply,
  multiplyLines,
  packTurnedWeights,
  packWeights,
  takePanels,
} from './im2colSteps.js';

/** Any convolution, as a product with an im2col matrix that is never stored (Chellapilla et al., 2006). */
export const im2col: ConvolutionAlgorithm = {
  name: 'im2col by shards',
  sharded: true,
  serves: () => true,
  plan(convolution, planner) {
    const { settings, input, output, weight } = convolution;
    const { arena, kernels, training, inputGradient, batchSize } = planner;
    const geometry = im2colGeometry(settings, input.shape, output.shape);
    const panels = takePanels(arena, geometry.outputs);
    const turnedPanels = training && inputGradient ? takePanels(arena, geometry.inputGradient) : undefined;
    planner.scratch(geometry.scratch);
    const packing = [packWeights(kernels, geometry, weight.data, panels)];
    if (turnedPanels) packing.push(packTurnedWeights(kernels, geometry, weight.data, turnedPanels));
    return {
      prepare: uniteParts(packing)[0],
      forward: [forward(kernels, geometry, convolution, panels, batchSize)],
      backward: [backward(kernels, geometry, convolution, turnedPanels)],
    };
  },
};

/** Small images several at a time, where there are many; or else images line by line. */
function forward(
  kernels: Kernels,
  g: Geometry,
  { input, output, bias, floor, affine, affineFloor, affineCeiling }: Convolution,
  panels: Float32Array,
  batchSize: number,
): Phase {
  const [channels, height, width] = output.shape;
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
  const finish = (y: Float32Array, pixels: number) => {
    if (floor === 0) kernels.relu(y, y);
    if (affine) kernels.scaleShift(y, pixels, channels, channels, affine, affineFloor, affineCeiling, y);
  };
  if (g.together === 1 || isFewSamples(batchSize))
    return perLines(batchSize, height, ({ sample, first, count }, scratch) => {
      const x = samplesOf(input.data, inputSize, sample);
      const lines = samplesOf(output.data, outputSize, sample);
      const y = samplesOf(lines, width * channels, first, count);
      multiplyLines(kernels, g.outputs, x, first, count, panels, bias?.data, y, scratch);
      finish(y, count * width);
    });
  return perShard(({ first, count }, _pass, scratch) => {
    for (let n = first; n < first + count; n += g.together) {
      const images = Math.min(g.together, first + count - n);
      const [x, y] = [samplesOf(input.data, inputSize, n, images), samplesOf(output.data, outputSize, n, images)];
      multiply(kernels, g, g.outputs, x, panels, bias?.data, y, scratch, images);
      finish(y, images * g.pixels);
    }
  });
}

function backward(
  kernels: Kernels,
  g: Geometry,
  { input, weight, bias, output }: Convolution,
  turnedPanels: Float32Array | undefined,
): Phase {
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
  return perShard((shard, _pass, scratch) => {
    const { index, first, count } = shard;
    const dWeight = weight.requiresGrad ? gradientOfShard(weight, index) : undefined;
    for (let n = first; n < first + count; n += g.together) {
      const images = Math.min(g.together, first + count - n);
      const [x, dy] = [samplesOf(input.data, inputSize, n, images), samplesOf(output.gradient, outputSize, n, images)];
      if (dWeight) addWeightGradient(kernels, g, x, dy, n > first, dWeight, scratch, images);
      if (!turnedPanels) continue;
      const dx = samplesOf(input.gradient, inputSize, n, images);
      multiply(kernels, g, g.inputGradient, dy, turnedPanels, undefined, dx, scratch, images);
    }
    writeBiasGradient(kernels, bias, output, shard);
  });
}
