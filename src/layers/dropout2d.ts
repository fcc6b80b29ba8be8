import { type HashKey, hash } from '../tensor/random.js';
import type { Shape } from '../tensor/shape.js';
import { imageShape } from '../validate.js';
import { Dropout } from './dropout.js';

/** In training sets whole channels of a sample to 0 with probability p and multiplies the others by 1/(1 − p), as
 * torch.nn.Dropout2d: neighbouring pixels tell much the same, so that Dropout takes little away. Tompson et al., 2015. */
export class Dropout2d extends Dropout {
  override readonly type: string = 'Dropout2d';

  override outputShape(input: Shape): Shape {
    return imageShape(input);
  }

  protected override drop(x: Float32Array, key: HashKey, [channels]: Shape): void {
    const factor = Math.fround(this.scale);
    const kept = Array.from({ length: channels }, (_, c) => hash(key, c) >= this.threshold);
    for (let pixel = 0; pixel < x.length; pixel += channels)
      for (let c = 0; c < channels; c++) x[pixel + c] = kept[c] ? x[pixel + c] * factor : 0;
  }
}
