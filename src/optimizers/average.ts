import type { Model } from '../network/model.js';
import { type StateDict, stateDict } from '../network/stateDict.js';
import { endsStep, type Phase, perSlice, uniteParts } from '../program/phase.js';

/** The running mean of a model's weights. */
export interface Average {
  readonly phases: readonly Phase[];
  /** As the model's state dict; counters are the model's own. */
  readonly state: StateDict;
  /** Puts the mean in the place of the model's weights and these in the mean's; a second call takes that back. */
  swap(): void;
}

/** An exponential moving average of parameters and BatchNorm statistics, as torch.optim.swa_utils.AveragedModel with
 * use_buffers, taken after every step: the share of what was there is `decay`, and less at first, s / (s + 9) when s
 * steps went before (as in TensorFlow's ExponentialMovingAverage), so that the initial weights are soon forgotten. */
export function planAverage({ kernels, arena, graph, parameters, buffers }: Model, decay: number): Average {
  const pairs: { value: Float32Array; average: Float32Array }[] = [];
  const averaged = <Tensor extends { readonly data: Float32Array | BigInt64Array }>(tensor: Tensor): Tensor => {
    if (tensor.data instanceof BigInt64Array) return tensor;
    const average = arena.float32(tensor.data.length, 'weights');
    pairs.push({ value: tensor.data, average });
    return { ...tensor, data: average };
  };
  const state = stateDict(graph, parameters.map(averaged), buffers.map(averaged));
  const phases = pairs.map(({ value, average }) =>
    perSlice(value.length, (start, end, pass) => {
      if (!endsStep(pass)) return;
      const share = 1 - Math.min(decay, pass.number / (pass.number + 9));
      kernels.average(value.subarray(start, end), share, average.subarray(start, end));
    }),
  );
  return {
    phases: uniteParts(phases),
    state,
    swap() {
      for (const { value, average } of pairs) {
        const weights = value.slice();
        value.set(average);
        average.set(weights);
      }
    },
  };
}
