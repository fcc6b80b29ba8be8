import type { PoolWindow } from '../poolWindow.js';

export function maxPool(x: Float32Array, window: PoolWindow, y: Float32Array, argmax: Int32Array): void {
  const { width, channels, kernelHeight, kernelWidth, strideHeight, strideWidth } = window;
  let output = 0;
  for (let oy = 0; oy < window.outputHeight; oy++) {
    for (let ox = 0; ox < window.outputWidth; ox++) {
      for (let c = 0; c < channels; c++, output++) {
        let largest = Number.NEGATIVE_INFINITY;
        let place = 0;
        for (let ky = 0; ky < kernelHeight; ky++) {
          for (let kx = 0; kx < kernelWidth; kx++) {
            const value = x[((oy * strideHeight + ky) * width + ox * strideWidth + kx) * channels + c];
            if (value > largest || Number.isNaN(value)) {
              largest = value;
              place = ky * kernelWidth + kx;
            }
          }
        }
        y[output] = largest;
        argmax[output] = place;
      }
    }
  }
}

export function maxPoolBackward(dy: Float32Array, argmax: Int32Array, window: PoolWindow, dx: Float32Array): void {
  const { width, channels, kernelWidth, strideHeight, strideWidth } = window;
  dx.fill(0, 0, window.height * width * channels);
  let output = 0;
  for (let oy = 0; oy < window.outputHeight; oy++) {
    for (let ox = 0; ox < window.outputWidth; ox++) {
      for (let c = 0; c < channels; c++, output++) {
        const ky = Math.floor(argmax[output] / kernelWidth);
        const kx = argmax[output] - ky * kernelWidth;
        dx[((oy * strideHeight + ky) * width + ox * strideWidth + kx) * channels + c] += dy[output];
      }
    }
  }
}
