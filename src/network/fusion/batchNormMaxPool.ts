import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { MaxPool2d } from '../../layers/maxPool2d.js';
import { extended, type FusionRule, isA, isPlain } from './rule.js';

/** BatchNorm2d → MaxPool2d of 2×2 windows that cover the image, with sixteens of channels: the array between them, the
 * largest of both, is not written in training. (A frozen one's gradient is not made with its input.) */
export const batchNormMaxPool: FusionRule = {
  name: 'BatchNorm2d, MaxPool2d',
  modes: ['training'],
  pattern: [isA(BatchNorm2d, isPlain), isA(MaxPool2d)],
  fuse([batchNorm, pool]) {
    const [[channels, height, width]] = pool.inputShapes;
    const { kernelSize, stride, padding, dilation } = pool.layer as MaxPool2d;
    const all = (pair: readonly number[], wanted: number) => pair.every((length) => length === wanted);
    const isPlain = all(kernelSize, 2) && all(stride, 2) && all(padding, 0) && all(dilation, 1);
    const covers = isPlain && height % 2 === 0 && width % 2 === 0;
    return covers && channels % 16 === 0 && !batchNorm.frozen ? [extended(batchNorm, pool, { pool: true })] : undefined;
  },
};
