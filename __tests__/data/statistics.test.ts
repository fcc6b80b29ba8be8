import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadMnistFolder } from '../../src/data/mnist/mnistFolder.js';
import { channelStatistics, pixelStatistics } from '../../src/data/statistics.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';

const fashion = path.join(import.meta.dirname, '../../data/fashion-mnist');

const image = (pixels: number[]) => tensorDataset({ data: Uint8Array.from(pixels), shape: [1, 2, 1, 2] }, [0]);

describe('pixelStatistics', () => {
  it('gives mean and population deviation of pixels/255, to 15 digits', () => {
    const { mean, std } = pixelStatistics(image([0, 255, 51, 102]));
    expect(mean).toBeCloseTo(0.4, 15);
    expect(std).toBeCloseTo(Math.sqrt(0.14), 15);
  });

  it.each([0, 77, 255])('gives a deviation of exactly 0 when every pixel is %d', (value) => {
    expect(pixelStatistics(image([value, value, value, value]))).toEqual({ mean: value / 255, std: 0 });
  });

  it("gives Fashion-MNIST's training set 0.2860 and 0.3530", async () => {
    const { mean, std } = pixelStatistics(await loadMnistFolder(fashion, 'train'));
    expect(mean.toFixed(4)).toBe('0.2860');
    expect(std.toFixed(4)).toBe('0.3530');
  });

  it('gives floats theirs as they are, to 14 digits also far from 0', () => {
    const { mean, std } = pixelStatistics(tensorDataset([[16777216], [16777218], [16777220]], [0, 0, 0]));
    expect(mean).toBe(16777218);
    expect(std).toBeCloseTo(Math.sqrt(8 / 3), 14);
  });
});

describe('channelStatistics', () => {
  it('gives each channel its own, of bytes and of floats, to 15 digits', () => {
    const pixels = [0, 255, 51, 51, 255, 0, 102, 102]; // two images of two channels of 1×2 pixels
    const shape = [2, 2, 1, 2];
    const bytes = channelStatistics(tensorDataset({ data: Uint8Array.from(pixels), shape }, [0, 0]));
    const floats = channelStatistics(tensorDataset({ data: Float32Array.from(pixels), shape }, [0, 0]));
    for (const [c, expected] of [
      [0.5, 0.5],
      [0.3, 0.1],
    ].entries()) {
      expect(bytes.mean[c]).toBeCloseTo(expected[0], 15);
      expect(bytes.std[c]).toBeCloseTo(expected[1], 15);
      expect(floats.mean[c] / 255).toBeCloseTo(expected[0], 15);
      expect(floats.std[c] / 255).toBeCloseTo(expected[1], 15);
    }
  });

  it('takes less than 8 MB for inputs of 48 MB', () => {
    const shape = [4, 3, 2000, 2000];
    const dataset = tensorDataset({ data: new Uint8Array(48_000_000).fill(7), shape }, [0, 0, 0, 0]);
    const before = process.memoryUsage.rss();
    channelStatistics(dataset);
    expect(process.memoryUsage.rss() - before).toBeLessThan(8e6);
  });

  it('gives each feature its own', () => {
    expect(
      channelStatistics(
        tensorDataset(
          [
            [1, 10],
            [3, 10],
          ],
          [0, 0],
        ),
      ),
    ).toEqual({ mean: [2, 10], std: [1, 0] });
  });
});
