import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type Activation, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** Whether a value of the second shape has a number for each channel of an image of the first. */
export const areFactors = (image: Shape, factors: Shape): boolean =>
  image.length === 3 && factors.join() === [image[0], 1, 1].join();

/** An image's channels, each multiplied by a number; the gradient of that is summed in float64, in the order of memory. */
export function planChannelFactors(image: Activation, factors: Activation, planner: Planner): LayerPlan {
  const { kernels, activation } = planner;
  const [channels, height, width] = image.shape;
  const size = sizeOf(image.shape);
  const output = activation(image.shape, { overwritable: true });
  const multiply = (from: Float32Array, to: Float32Array) =>
    perShard(({ first, count }) => {
      for (let n = first; n < first + count; n++) {
        const [x, y] = [samplesOf(from, size, n), samplesOf(to, size, n)];
        kernels.multiplyRows(x, height * width, channels, samplesOf(factors.data, channels, n), y);
      }
    });
  const factorGradients = perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const [dy, x] = [samplesOf(output.gradient, size, n), samplesOf(image.data, size, n)];
      kernels.columnProductSums(dy, x, height * width, channels, samplesOf(factors.gradient, channels, n));
    }
  });
  return {
    output,
    forward: [multiply(image.data, output.data)],
    backward: [multiply(output.gradient, image.gradient), factorGradients],
  };
}
