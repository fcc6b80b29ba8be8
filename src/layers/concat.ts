import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';

/** Values one behind the other along their channels, or features: torch.cat in dimension 1. */
export class Concat extends PlainLayer {
  readonly type: string = 'Concat';
  override readonly inputCount = 'any';

  override outputShape(...inputs: Shape[]): Shape {
    const [[, ...image]] = inputs;
    if (inputs.some(([, ...other]) => other.join() !== image.join()))
      throw new HeddleError(
        'SHAPE',
        `got inputs of shapes ${inputs.map(formatShape).join(' and ')}, wants all of one height and width`,
      );
    return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...image];
  }

  override onnx(): OnnxOperator {
    return { opType: 'Concat', attributes: { axis: { int: 1 } } };
  }

  plan(_input: Activation, { inputs, activation }: Planner): LayerPlan {
    const shape = this.outputShape(...inputs.map((input) => input.shape));
    const output = activation(shape, { overwritable: true });
    const [channels] = shape;
    const pixels = sizeOf(shape) / channels;
    /** Copies the channels of each pixel of a shard's samples: to the output, or its gradient back. */
    const copy = (from: readonly Float32Array[], to: readonly Float32Array[], joins: boolean) =>
      perShard(({ first, count }) => {
        let channel = 0;
        for (const [i, input] of inputs.entries()) {
          const [own] = input.shape;
          const part = samplesOf((joins ? from : to)[i], pixels * own, first, count);
          const whole = samplesOf((joins ? to : from)[0], pixels * channels, first, count);
          for (let pixel = 0; pixel < count * pixels; pixel++)
            for (let c = 0; c < own; c++) {
              const [place, outer] = [pixel * own + c, pixel * channels + channel + c];
              if (joins) whole[outer] = part[place];
              else part[place] = whole[outer];
            }
          channel += own;
        }
      });
    return {
      output,
      forward: [
        copy(
          inputs.map(({ data }) => data),
          [output.data],
          true,
        ),
      ],
      backward: [
        copy(
          [output.gradient],
          inputs.map(({ gradient }) => gradient),
          false,
        ),
      ],
    };
  }
}
