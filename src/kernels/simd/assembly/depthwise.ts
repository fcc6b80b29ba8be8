import { bounded, floored } from './batchNorm';
import { loadColumns, storeColumns } from './columns';
import { gradients1, gradients2, gradients3, outputs1, outputs4, outputs4Of3, outputs4Of5 } from './depthwiseTiles';
import { multiplyAdd } from './multiplyAdd';
import { placesBefore } from './places';

// Lanes are channels, eight of them together in a pair of vectors that are used alike; what is left is done in fours, an output
// or a tap at a time.

/** The channels behind the eights. */
function restOfOutput(
  x: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  tapBytes: usize,
  weights: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  pixel: usize,
  bias: usize,
  floor: f32,
  center: usize,
  affineFloor: f32,
  affineCeiling: f32,
  y: usize,
): void {
  for (let c = pixel & ~31; c < pixel; c += 16) {
    const valid = <i32>((pixel - c) >> 2);
    let sum = loadColumns(bias + c, valid);
    for (let a = 0; a < rows; a++) {
      let p = x + <usize>a * rowBytes + c;
      let w = weights + <usize>a * weightLineStride + c;
      for (let b = 0; b < columns; b++, p += tapBytes, w += weightStepStride)
        sum = multiplyAdd(loadColumns(p, valid), loadColumns(w, valid), sum);
    }
    sum = floored(sum, f32x4.splat(floor));
    if (center) {
      const scale = loadColumns(center + pixel + c, valid);
      const scaled = f32x4.mul(f32x4.sub(sum, loadColumns(center + c, valid)), scale);
      const mapped = f32x4.add(scaled, loadColumns(center + 2 * pixel + c, valid));
      sum = bounded(mapped, f32x4.splat(affineFloor), f32x4.splat(affineCeiling));
    }
    storeColumns(y + c, sum, valid);
  }
}

export function depthwise(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
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
  weightStart: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  weights: usize,
  bias: usize,
  floor: f32,
  center: usize,
  affineFloor: f32,
  affineCeiling: f32,
  y: usize,
): void {
  const pixel = <usize>channels << 2;
  const lineBytes = <usize>width * pixel;
  const rowBytes = <usize>dilationHeight * lineBytes;
  const tapBytes = <usize>dilationWidth * pixel;
  const outputBytes = <usize>strideWidth * pixel;
  const reach = (kernelWidth - 1) * dilationWidth;
  for (let oy = 0; oy < outputHeight; oy++) {
    const iy = top + oy * strideHeight;
    const a = placesBefore(0, iy, dilationHeight, kernelHeight);
    const rows = placesBefore(height, iy, dilationHeight, kernelHeight) - a;
    const line = x + <usize>(iy + a * dilationHeight) * lineBytes;
    const weightLine = weights + weightStart + <usize>a * weightLineStride;
    let q = y + <usize>oy * outputLineStride;
    for (let ox = 0; ox < outputWidth; ) {
      const ix = left + ox * strideWidth;
      const b = placesBefore(0, ix, dilationWidth, kernelWidth);
      const columns = placesBefore(width, ix, dilationWidth, kernelWidth) - b;
      const alike = columns === kernelWidth && ox + 4 <= outputWidth && ix + 3 * strideWidth + reach < width;
      const count = alike ? 4 : 1;
      let p = line + <usize>(ix + b * dilationWidth) * pixel;
      const w = weightLine + <usize>b * weightStepStride;
      const shared = alike && outputBytes === tapBytes;
      if (shared && columns === 3)
        outputs4Of3(p, outputBytes, rows, columns, rowBytes, tapBytes, w, weightLineStride, weightStepStride, pixel, bias, floor, center, affineFloor, affineCeiling, q, outputStepStride);
      else if (shared && columns === 5)
        outputs4Of5(p, outputBytes, rows, columns, rowBytes, tapBytes, w, weightLineStride, weightStepStride, pixel, bias, floor, center, affineFloor, affineCeiling, q, outputStepStride);
      else if (alike)
        outputs4(p, outputBytes, rows, columns, rowBytes, tapBytes, w, weightLineStride, weightStepStride, pixel, bias, floor, center, affineFloor, affineCeiling, q, outputStepStride);
      else
        outputs1(p, outputBytes, rows, columns, rowBytes, tapBytes, w, weightLineStride, weightStepStride, pixel, bias, floor, center, affineFloor, affineCeiling, q, outputStepStride);
      for (let i = 0; i < count; i++, p += outputBytes, q += outputStepStride)
        restOfOutput(p, rows, columns, rowBytes, tapBytes, w, weightLineStride, weightStepStride, pixel, bias, floor, center, affineFloor, affineCeiling, q);
      ox += count;
    }
  }
}

/** The channels behind the eights, of one tap's gradient. */
function restOfGradient(
  x: usize,
  left: i32,
  stride: i32,
  width: i32,
  outputs: i32,
  pixel: usize,
  dy: usize,
  outputStepStride: usize,
  gradient: usize,
): void {
  for (let c = pixel & ~31; c < pixel; c += 16) {
    const valid = <i32>((pixel - c) >> 2);
    const begin = placesBefore(0, left, stride, outputs);
    const end = placesBefore(width, left, stride, outputs);
    let sum = f32x4.splat(0);
    for (let ox = begin; ox < end; ox++) {
      const upstream = loadColumns(dy + <usize>ox * outputStepStride + c, valid);
      sum = multiplyAdd(upstream, loadColumns(x + <usize>(left + ox * stride) * pixel + c, valid), sum);
    }
    storeColumns(gradient + c, f32x4.add(loadColumns(gradient + c, valid), sum), valid);
  }
}

export function depthwiseWeightGradient(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
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
  weightStart: usize,
  weightLineStride: usize,
  weightStepStride: usize,
  dy: usize,
  accumulate: bool,
  gradient: usize,
): void {
  const pixel = <usize>channels << 2;
  gradient += weightStart;
  if (!accumulate)
    for (let a = 0; a < kernelHeight; a++)
      for (let b = 0; b < kernelWidth; b++)
        memory.fill(gradient + <usize>a * weightLineStride + <usize>b * weightStepStride, 0, pixel);
  for (let oy = 0; oy < outputHeight; oy++, dy += outputLineStride) {
    for (let a = 0; a < kernelHeight; a++) {
      const iy = top + oy * strideHeight + a * dilationHeight;
      if (iy < 0 || iy >= height) continue;
      const line = x + <usize>(iy * width) * pixel;
      let g = gradient + <usize>a * weightLineStride;
      for (let b = 0; b < kernelWidth; ) {
        const count = min(3, kernelWidth - b);
        const first = left + b * dilationWidth;
        if (count === 3)
          gradients3(line, first, strideWidth, dilationWidth, width, outputWidth, pixel, dy, outputStepStride, g, weightStepStride);
        else if (count === 2)
          gradients2(line, first, strideWidth, dilationWidth, width, outputWidth, pixel, dy, outputStepStride, g, weightStepStride);
        else
          gradients1(line, first, strideWidth, dilationWidth, width, outputWidth, pixel, dy, outputStepStride, g, weightStepStride);
        for (let i = 0; i < count; i++, b++, g += weightStepStride)
          restOfGradient(line, left + b * dilationWidth, strideWidth, width, outputWidth, pixel, dy, outputStepStride, g);
      }
    }
  }
}
