import ndarray, { type NdArray } from 'ndarray';
import { type Shape, stridesOf } from '../tensor/shape.js';
import type { Strided } from '../tensor/tensorLike.js';

/** Copies a batch in PyTorch's order into the memory's, where a pixel's channels stand together. */
export function toChannelsLast(
  { data, shape: [samples], stride, offset }: Strided,
  sampleShape: Shape,
  to: Float32Array,
): void {
  const [channels, height = 1, width = 1] = sampleShape;
  const [batchStride, channelStride, rowStride = 0, columnStride = 0] = stride;
  let element = 0;
  for (let n = 0; n < samples; n++)
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++) {
        const pixel = offset + n * batchStride + h * rowStride + w * columnStride;
        for (let c = 0; c < channels; c++) to[element++] = data[pixel + c * channelStride];
      }
}

/** The view of such memory in PyTorch's order. */
export function channelsFirst(data: Float32Array, sampleShape: Shape, samples: number): NdArray<Float32Array> {
  const order = sampleShape.length === 3 ? [0, 2, 3, 1] : [0, 1];
  const shape = [samples, ...sampleShape];
  return ndarray(data, shape, stridesOf(shape, order));
}
