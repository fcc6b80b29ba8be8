import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { Hardswish } from '../../layers/hardswish.js';
import { ReLU6 } from '../../layers/relu6.js';
import { SiLU } from '../../layers/silu.js';
import { extended, type FusionRule, isA, isPlain } from './rule.js';

/** BatchNorm2d → ReLU6: the map writes no number outside 0 to 6, and ReLU6's mask is put on the gradient as its moments are
 * taken. */
export const batchNormReLU6: FusionRule = {
  name: 'BatchNorm2d, ReLU6',
  modes: ['training', 'evaluation'],
  pattern: [isA(BatchNorm2d, isPlain), isA(ReLU6)],
  fuse: ([batchNorm, relu6]) => [extended(batchNorm, relu6, { activation: 'ReLU6' })],
};

/** BatchNorm2d → SiLU or Hardswish in training: the array between them is not written, but made again of BatchNorm's input as
 * the gradient's moments are taken. (A frozen one takes none.) */
const smoothRule = (type: 'SiLU' | 'Hardswish', layer: typeof SiLU | typeof Hardswish): FusionRule => ({
  name: `BatchNorm2d, ${type}`,
  modes: ['training'],
  pattern: [isA(BatchNorm2d, isPlain), isA(layer)],
  fuse: ([batchNorm, activation]) =>
    batchNorm.frozen ? undefined : [extended(batchNorm, activation, { activation: type })],
});

export const batchNormSiLU = smoothRule('SiLU', SiLU);
export const batchNormHardswish = smoothRule('Hardswish', Hardswish);
