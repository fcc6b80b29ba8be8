import type { Kernels } from '../../kernels/kernels.js';
import { type Phase, perShard, uniteParts } from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import { gradientOfShard, type LayerPlan, type Planner, samplesOf } from '../layer.js';
import { writeBiasGradient } from './biasGradient.js';
import type { Convolution } from './convolution.js';
import { type Geometry, im2colGeometry } from './im2colGeometry.js';
import { addWeightGradient, multiply, packTurnedWeights, packWeights, takePanels } from './im2colSteps.js';

type Transposed = Pick<Convolution, 'settings' | 'input' | 'output' | 'weight' | 'bias'>;

/** A transposed convolution by im2col: the convolution with these weights leads from its output to its input. */
export function planTransposed(transposed: Transposed, planner: Planner): LayerPlan {
  const { settings, input, output, weight } = transposed;
  const { arena, kernels, training, inputGradient } = planner;
  const geometry = im2colGeometry(settings, output.shape, input.shape);
  const turnedPanels = takePanels(arena, geometry.inputGradient);
  const panels = training && inputGradient ? takePanels(arena, geometry.outputs) : undefined;
  planner.scratch(geometry.scratch);
  const packing = [packTurnedWeights(kernels, geometry, weight.data, turnedPanels)];
  if (panels) packing.push(packWeights(kernels, geometry, weight.data, panels));
  return {
    output,
    prepare: uniteParts(packing)[0],
    forward: [forward(kernels, geometry, transposed, turnedPanels)],
    backward: [backward(kernels, geometry, transposed, panels)],
  };
}

function forward(
  kernels: Kernels,
  g: Geometry,
  { input, output, bias }: Transposed,
  turnedPanels: Float32Array,
): Phase {
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
  return perShard(({ first, count }, _pass, scratch) => {
    for (let n = first; n < first + count; n++) {
      const [x, y] = [samplesOf(input.data, inputSize, n), samplesOf(output.data, outputSize, n)];
      multiply(kernels, g, g.inputGradient, x, turnedPanels, bias?.data, y, scratch);
    }
  });
}

function backward(
  kernels: Kernels,
  g: Geometry,
  { input, output, weight, bias }: Transposed,
  panels: Float32Array | undefined,
): Phase {
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
  return perShard((shard, _pass, scratch) => {
    const { index, first, count } = shard;
    const dWeight = weight.requiresGrad ? gradientOfShard(weight, index) : undefined;
    for (let n = first; n < first + count; n++) {
      const dy = samplesOf(output.gradient, outputSize, n);
      if (dWeight) addWeightGradient(kernels, g, dy, samplesOf(input.data, inputSize, n), n > first, dWeight, scratch);
      if (!panels) continue;
      const dx = samplesOf(input.gradient, inputSize, n);
      multiply(kernels, g, g.outputs, dy, panels, undefined, dx, scratch);
    }
    writeBiasGradient(kernels, bias, output, shard);
  });
}
