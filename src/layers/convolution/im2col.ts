import type { Kernels } from '../../kernels/kernels.js';
import { type Phase, perShard, uniteParts } from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import { gradientOfShard, samplesOf } from '../layer.js';
import { writeBiasGradient } from './biasGradient.js';
import type { Convolution, ConvolutionAlgorithm } from './convolution.js';
import { type Geometry, im2colGeometry } from './im2colGeometry.js';
import { addWeightGradient, multiply, packTurnedWeights, packWeights, takePanels } from './im2colSteps.js';

/** Any convolution, as a product with an im2col matrix that is never stored (Chellapilla et al., 2006). */
export const im2col: ConvolutionAlgorithm = {
  name: 'im2col by shards',
  sharded: true,
  serves: () => true,
  plan(convolution, planner) {
    const { settings, input, output, weight } = convolution;
    const { arena, kernels, training, inputGradient } = planner;
    const geometry = im2colGeometry(settings, input.shape, output.shape);
    const panels = takePanels(arena, geometry.outputs);
    const turnedPanels = training && inputGradient ? takePanels(arena, geometry.inputGradient) : undefined;
    planner.scratch(geometry.scratch);
    const packing = [packWeights(kernels, geometry, weight.data, panels)];
    if (turnedPanels) packing.push(packTurnedWeights(kernels, geometry, weight.data, turnedPanels));
    return {
      prepare: uniteParts(packing)[0],
      forward: [forward(kernels, geometry, convolution, panels)],
      backward: [backward(kernels, geometry, convolution, turnedPanels)],
    };
  },
};

function forward(
  kernels: Kernels,
  g: Geometry,
  { input, output, bias, floor, affine, affineFloor, affineCeiling }: Convolution,
  panels: Float32Array,
): Phase {
  const [inputSize, outputSize, channels] = [sizeOf(input.shape), sizeOf(output.shape), output.shape[0]];
  return perShard(({ first, count }, _pass, scratch) => {
    for (let n = first; n < first + count; n += g.together) {
      const images = Math.min(g.together, first + count - n);
      const [x, y] = [samplesOf(input.data, inputSize, n, images), samplesOf(output.data, outputSize, n, images)];
      multiply(kernels, g, g.outputs, x, panels, bias?.data, y, scratch, images);
      if (floor === 0) kernels.relu(y, y);
      if (affine) kernels.scaleShift(y, images * g.pixels, channels, channels, affine, affineFloor, affineCeiling, y);
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
