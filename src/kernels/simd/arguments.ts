import type { HashKey } from '../../tensor/random.js';
import type { TapWindows } from '../contract/depthwise.js';
import type { PoolWindow } from '../contract/images.js';
import type { Unfolding } from '../contract/products.js';
import type { AdamUpdate, RmspropUpdate, SgdUpdate } from '../contract/training.js';
import type { Patches } from '../patches.js';
import type { PointStrides, TileCounts, Tiles } from '../tiles.js';

/** Writes what an argument of a kernel is in WebAssembly into `numbers`, from place `at` on, and returns the place behind. */
export type Argument<T> = (value: T, numbers: number[], at: number) => number;

type NumberArray = Float32Array | Float64Array | Int32Array;

/** 0 where there is none. */
export const array: Argument<NumberArray | undefined> = (value, numbers, at) => {
  numbers[at] = value ? value.byteOffset : 0;
  return at + 1;
};

/** An array of which every element counts: where it lies, and its length. */
export const wholeArray: Argument<NumberArray> = (value, numbers, at) => {
  numbers[at] = value.byteOffset;
  numbers[at + 1] = value.length;
  return at + 2;
};

export const number: Argument<number> = (value, numbers, at) => {
  numbers[at] = value;
  return at + 1;
};

/** So many floats, in bytes. */
export const stride: Argument<number> = (value, numbers, at) => {
  numbers[at] = 4 * value;
  return at + 1;
};

export const flag: Argument<boolean> = (value, numbers, at) => {
  numbers[at] = Number(value);
  return at + 1;
};

export const hashKey: Argument<HashKey> = (key, numbers, at) => {
  numbers[at] = key[0];
  numbers[at + 1] = key[1];
  return at + 2;
};

export const patches: Argument<Patches> = (value, numbers, at) => {
  numbers[at] = value.lines;
  numbers[at + 1] = value.perLine;
  numbers[at + 2] = 4 * value.lineStride;
  numbers[at + 3] = 4 * value.stepStride;
  numbers[at + 4] = value.runs;
  numbers[at + 5] = value.runLength;
  numbers[at + 6] = 4 * value.runStride;
  return at + 7;
};

export const unfolding: Argument<Unfolding> = (value, numbers, at) => {
  numbers[at] = value.height;
  numbers[at + 1] = value.width;
  numbers[at + 2] = 4 * value.channels;
  numbers[at + 3] = 4 * value.groupChannels;
  numbers[at + 4] = value.top;
  numbers[at + 5] = value.left;
  numbers[at + 6] = value.rows;
  numbers[at + 7] = value.windows;
  numbers[at + 8] = value.stride;
  numbers[at + 9] = value.taps;
  numbers[at + 10] = value.dilation;
  return at + 11;
};

export const pointStrides: Argument<PointStrides> = (strides, numbers, at) => {
  numbers[at] = 4 * strides.pointStride;
  numbers[at + 1] = 4 * strides.blockStride;
  return at + 2;
};

export const tileCounts: Argument<TileCounts> = (counts, numbers, at) => {
  numbers[at] = counts.right;
  numbers[at + 1] = counts.body;
  numbers[at + 2] = counts.bottom;
  numbers[at + 3] = counts.corner;
  numbers[at + 4] = counts.stride;
  return at + 5;
};

export const tiles: Argument<Tiles> = (value, numbers, at) => {
  numbers[at] = value.height;
  numbers[at + 1] = value.width;
  numbers[at + 2] = 4 * value.channels;
  numbers[at + 3] = 4 * value.pixelStride;
  numbers[at + 4] = value.top;
  numbers[at + 5] = value.left;
  numbers[at + 6] = value.tileHeight;
  numbers[at + 7] = value.tileWidth;
  numbers[at + 8] = value.count;
  numbers[at + 9] = value.stride;
  return at + 10;
};

export const tapWindows: Argument<TapWindows> = (windows, numbers, at) => {
  numbers[at] = windows.height;
  numbers[at + 1] = windows.width;
  numbers[at + 2] = 4 * windows.pixelStride;
  numbers[at + 3] = 4 * windows.sampleStride;
  numbers[at + 4] = windows.top;
  numbers[at + 5] = windows.left;
  numbers[at + 6] = windows.strideHeight;
  numbers[at + 7] = windows.strideWidth;
  numbers[at + 8] = windows.kernelHeight;
  numbers[at + 9] = windows.kernelWidth;
  numbers[at + 10] = windows.dilationHeight;
  numbers[at + 11] = windows.dilationWidth;
  numbers[at + 12] = windows.outputHeight;
  numbers[at + 13] = windows.outputWidth;
  numbers[at + 14] = 4 * windows.outputLineStride;
  numbers[at + 15] = 4 * windows.outputStepStride;
  numbers[at + 16] = 4 * windows.outputSampleStride;
  numbers[at + 17] = 4 * windows.weightStart;
  numbers[at + 18] = 4 * windows.weightLineStride;
  numbers[at + 19] = 4 * windows.weightStepStride;
  return at + 20;
};

export const poolWindow: Argument<PoolWindow> = (window, numbers, at) => {
  numbers[at] = window.height;
  numbers[at + 1] = window.width;
  numbers[at + 2] = window.channels;
  numbers[at + 3] = window.kernelHeight;
  numbers[at + 4] = window.kernelWidth;
  numbers[at + 5] = window.strideHeight;
  numbers[at + 6] = window.strideWidth;
  numbers[at + 7] = window.paddingHeight;
  numbers[at + 8] = window.paddingWidth;
  numbers[at + 9] = window.dilationHeight;
  numbers[at + 10] = window.dilationWidth;
  numbers[at + 11] = window.outputHeight;
  numbers[at + 12] = window.outputWidth;
  return at + 13;
};

/** The gradient's share is taken from 1 in float64, and rounded like the others by the call. */
export const sgdUpdate: Argument<SgdUpdate> = (update, numbers, at) => {
  numbers[at] = update.learningRate;
  numbers[at + 1] = update.momentum;
  numbers[at + 2] = 1 - update.dampening;
  numbers[at + 3] = update.weightDecay;
  numbers[at + 4] = Number(update.nesterov);
  numbers[at + 5] = Number(update.first);
  return at + 6;
};

/** Shares as in sgdUpdate. */
export const adamUpdate: Argument<AdamUpdate> = (update, numbers, at) => {
  numbers[at] = update.beta1;
  numbers[at + 1] = 1 - update.beta1;
  numbers[at + 2] = update.beta2;
  numbers[at + 3] = 1 - update.beta2;
  numbers[at + 4] = update.eps;
  numbers[at + 5] = update.stepSize;
  numbers[at + 6] = update.correction;
  numbers[at + 7] = update.weightDecay;
  numbers[at + 8] = update.keep;
  return at + 9;
};

/** Shares as in sgdUpdate. */
export const rmspropUpdate: Argument<RmspropUpdate> = (update, numbers, at) => {
  numbers[at] = update.learningRate;
  numbers[at + 1] = update.alpha;
  numbers[at + 2] = 1 - update.alpha;
  numbers[at + 3] = update.eps;
  numbers[at + 4] = update.momentum;
  numbers[at + 5] = update.weightDecay;
  return at + 6;
};
