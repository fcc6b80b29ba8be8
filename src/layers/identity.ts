import type { OnnxOperator } from '../formats/onnxOperator.js';
import { type Activation, type LayerPlan, PlainLayer } from './layer.js';

/** Gives what it gets, as torch.nn.Identity: what stands in the place of a layer that is taken out. */
export class Identity extends PlainLayer {
  readonly type: string = 'Identity';

  override onnx(): OnnxOperator {
    return { opType: 'Identity' };
  }

  plan(input: Activation): LayerPlan {
    return { output: input, forward: [], backward: [] };
  }
}
