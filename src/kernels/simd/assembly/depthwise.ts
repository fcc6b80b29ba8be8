import { bounded, floored } from './batchNorm';
import { loadColumns, storeColumns } from './columns';
import { gradientsOfLine, line } from './depthwiseTiles';
import { multiplyAdd } from './multiplyAdd';
import { placesBefore } from './places';

// Lanes are channels, eight of them together in a pair of vectors that are used alike. The lines of usual windows are in
// ./depthwiseTiles; here is any output and any tap, with all channels or those behind the eights.

/** A line of outputs from channel c on. */
function outputsFrom(
  c: usize,
  x: usize,
  left: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  rows: i32,
  rowBytes: usize,
  columns: i32,
  stride: i32,
  dilation: i32,
  weights: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  bias: usize,
  floor: f32,
  center: usize,
  affineFloor: f32,
  affineCeiling: f32,
  y: usize,
  outputs: i32,
  outputStepStride: usize,
): void {
  for (let o = 0; o < outputs; o++, left += stride, y += outputStepStride) {
    const from = placesBefore(0, left, dilation, columns);
    const end = placesBefore(width, left, dilation, columns);
    for (let at = c; at < <usize>channels << 2; at += 16) {
      const valid = channels - <i32>(at >> 2);
      let total = loadColumns(bias + at, valid);
      for (let b = from; b < end && rows > 0; b++) {
        let p = x + at + <usize>(left + b * dilation) * pixel;
        let w = weights + at + <usize>b * weightStepStride;
        let sum = f32x4.mul(loadColumns(p, valid), loadColumns(w, valid));
        for (let a = 1; a < rows; a++) {
          p += rowBytes;
          w += weightLineStride;
          sum = multiplyAdd(loadColumns(p, valid), loadColumns(w, valid), sum);
        }
        total = f32x4.add(total, sum);
      }
      total = floored(total, f32x4.splat(floor));
      if (center) {
        const scale = loadColumns(center + pixel + at, valid);
        const scaled = f32x4.mul(f32x4.sub(total, loadColumns(center + at, valid)), scale);
        const mapped = f32x4.add(scaled, loadColumns(center + 2 * pixel + at, valid));
        total = bounded(mapped, f32x4.splat(affineFloor), f32x4.splat(affineCeiling));
      }
      storeColumns(y + at, total, valid);
    }
  }
}

export function depthwise(
  x: usize,
  height: i32,
  width: i32,
  pixel: usize,
  sampleStride: usize,
  top: i32,
  left: i32,
  strideHeight: i32,
  strideWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputLineStride: usize,
  outputStepStride: usize,
  outputSampleStride: usize,
  weightStart: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  samples: i32,
  channels: i32,
  weights: usize,
  bias: usize,
  floor: f32,
  center: usize,
  affineFloor: f32,
  affineCeiling: f32,
  y: usize,
): void {
  const lineBytes = <usize>width * pixel;
  const rowBytes = <usize>dilationHeight * lineBytes;
  for (let oy = 0; oy < outputHeight; oy++) {
    const iy = top + oy * strideHeight;
    const a = placesBefore(0, iy, dilationHeight, kernelHeight);
    const rows = placesBefore(height, iy, dilationHeight, kernelHeight) - a;
    const p = x + <usize>(iy + a * dilationHeight) * lineBytes;
    const w = weights + weightStart + <usize>a * weightLineStride;
    const q = y + <usize>oy * outputLineStride;
    const done = dilationWidth === 1 && line(rows, kernelWidth, strideWidth, p, left, width, channels, pixel, rowBytes, w, weightLineStride, weightStepStride, bias, floor, center, affineFloor, affineCeiling, q, outputWidth, outputStepStride, samples, sampleStride, outputSampleStride);
    const c = done ? <usize>(channels & ~7) << 2 : 0;
    if (c >= <usize>channels << 2) continue;
    for (let n = 0; n < samples; n++)
      outputsFrom(c, p + <usize>n * sampleStride, left, width, channels, pixel, rows, rowBytes, kernelWidth, strideWidth, dilationWidth, w, weightLineStride, weightStepStride, bias, floor, center, affineFloor, affineCeiling, q + <usize>n * outputSampleStride, outputWidth, outputStepStride);
  }
}

/** A line's sum in all images for the gradient of a tap, from channel c on. */
function gradientFrom(
  c: usize,
  x: usize,
  left: i32,
  stride: i32,
  width: i32,
  channels: i32,
  pixel: usize,
  dy: usize,
  outputs: i32,
  outputStepStride: usize,
  gradient: usize,
  samples: i32,
  sampleStride: usize,
  outputSampleStride: usize,
): void {
  const begin = placesBefore(0, left, stride, outputs);
  const end = placesBefore(width, left, stride, outputs);
  for (; c < <usize>channels << 2; c += 16) {
    const valid = channels - <i32>(c >> 2);
    let sum = f32x4.splat(0);
    for (let n = 0; n < samples; n++) {
      const image = x + <usize>n * sampleStride + c;
      const upstream = dy + <usize>n * outputSampleStride + c;
      for (let ox = begin; ox < end; ox++) {
        const d = loadColumns(upstream + <usize>ox * outputStepStride, valid);
        sum = multiplyAdd(d, loadColumns(image + <usize>(left + ox * stride) * pixel, valid), sum);
      }
    }
    storeColumns(gradient + c, f32x4.add(loadColumns(gradient + c, valid), sum), valid);
  }
}

/** Columns of taps are taken so many at a time, and of three columns so many rows: their sums are held in registers. */
@inline
function addWeightGradient(
  mostRows: i32,
  mostColumns: i32,
  x: usize,
  height: i32,
  width: i32,
  pixel: usize,
  sampleStride: usize,
  top: i32,
  left: i32,
  strideHeight: i32,
  strideWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputLineStride: usize,
  outputStepStride: usize,
  outputSampleStride: usize,
  weightStart: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  samples: i32,
  channels: i32,
  dy: usize,
  gradient: usize,
): void {
  gradient += weightStart;
  const lineBytes = <usize>width * pixel;
  const rowBytes = <usize>dilationHeight * lineBytes;
  for (let oy = 0; oy < outputHeight; oy++) {
    const iy = top + oy * strideHeight;
    const from = placesBefore(0, iy, dilationHeight, kernelHeight);
    const end = placesBefore(height, iy, dilationHeight, kernelHeight);
    const upstream = dy + <usize>oy * outputLineStride;
    for (let b = 0; b < kernelWidth; ) {
      const columns = dilationWidth === 1 ? min(mostColumns, kernelWidth - b) : 1;
      const start = left + b * dilationWidth;
      for (let a = from; a < end; ) {
        const rows = columns === 3 ? min(mostRows, end - a) : 1;
        const p = x + <usize>(iy + a * dilationHeight) * lineBytes;
        const g = gradient + <usize>a * weightLineStride + <usize>b * weightStepStride;
        a += rows;
        const done = gradientsOfLine(rows, columns, strideWidth, p, start, width, channels, pixel, rowBytes, upstream, outputWidth, outputStepStride, g, weightLineStride, weightStepStride, samples, sampleStride, outputSampleStride);
        const c = done ? <usize>(channels & ~7) << 2 : 0;
        if (c >= <usize>channels << 2) continue;
        for (let row = 0; row < rows; row++)
          for (let column = 0; column < columns; column++)
            gradientFrom(c, p + <usize>row * rowBytes, start + column * dilationWidth, strideWidth, width, channels, pixel, upstream, outputWidth, outputStepStride, g + <usize>row * weightLineStride + <usize>column * weightStepStride, samples, sampleStride, outputSampleStride);
      }
      b += columns;
    }
  }
}

export function addDepthwiseWeightGradient(
  x: usize,
  height: i32,
  width: i32,
  pixel: usize,
  sampleStride: usize,
  top: i32,
  left: i32,
  strideHeight: i32,
  strideWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputLineStride: usize,
  outputStepStride: usize,
  outputSampleStride: usize,
  weightStart: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  samples: i32,
  channels: i32,
  dy: usize,
  gradient: usize,
): void {
  addWeightGradient(1, 3, x, height, width, pixel, sampleStride, top, left, strideHeight, strideWidth, kernelHeight, kernelWidth, dilationHeight, dilationWidth, outputHeight, outputWidth, outputLineStride, outputStepStride, outputSampleStride, weightStart, weightLineStride, weightStepStride, samples, channels, dy, gradient);
}

export function addDepthwiseWeightGradientWide(
  x: usize,
  height: i32,
  width: i32,
  pixel: usize,
  sampleStride: usize,
  top: i32,
  left: i32,
  strideHeight: i32,
  strideWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputLineStride: usize,
  outputStepStride: usize,
  outputSampleStride: usize,
  weightStart: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  samples: i32,
  channels: i32,
  dy: usize,
  gradient: usize,
): void {
  addWeightGradient(3, 5, x, height, width, pixel, sampleStride, top, left, strideHeight, strideWidth, kernelHeight, kernelWidth, dilationHeight, dilationWidth, outputHeight, outputWidth, outputLineStride, outputStepStride, outputSampleStride, weightStart, weightLineStride, weightStepStride, samples, channels, dy, gradient);
}
