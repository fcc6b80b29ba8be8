import { type OnnxOperator, withScalar } from '../formats/onnxOperator.js';
import { oneOf, options } from '../validate.js';
import { planFromInput } from './elementwise.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';

export interface GELUOptions {
  approximate?: 'none' | 'tanh' | undefined;
}

/** y = x·Φ(x), as torch.nn.GELU: Φ is the distribution of normal numbers, (1 + erf(x / √2)) / 2, or with `approximate: 'tanh'`
 * (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2. Hendrycks and Gimpel, 2016. */
export class GELU extends Layer {
  readonly type: string = 'GELU';
  readonly approximate: 'none' | 'tanh';

  constructor(given?: GELUOptions, ...others: never[]) {
    super();
    const { approximate } = options('new GELU({ approximate })', given, { approximate: 'none' }, others);
    this.approximate = oneOf('GELU approximate', approximate, ['none', 'tanh']);
  }

  arguments() {
    return [{ approximate: this.approximate }];
  }

  describe(): string {
    return `GELU(approximate='${this.approximate}')`;
  }

  override onnx(): readonly OnnxOperator[] {
    const probability = [withScalar('Add', 1), { opType: 'Mul', withInput: true }, withScalar('Mul', 0.5)];
    if (this.approximate === 'none') return [withScalar('Mul', Math.SQRT1_2), { opType: 'Erf' }].concat(probability);
    const scale = Math.sqrt(2 / Math.PI);
    return [
      { opType: 'Mul', withInput: true },
      withScalar('Mul', 0.044715 * scale),
      withScalar('Add', scale),
      { opType: 'Mul', withInput: true },
      { opType: 'Tanh' },
    ].concat(probability);
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { gelu, geluBackward, geluTanh, geluTanhBackward } = planner.kernels;
    return this.approximate === 'none'
      ? planFromInput(input, planner, gelu, geluBackward)
      : planFromInput(input, planner, geluTanh, geluTanhBackward);
  }
}
