import { blockOf, type ChannelPhase, type Phase } from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Planner } from '../layer.js';
import { planWholeBatch } from '../wholeBatch.js';
import type { Convolution, ConvolutionPhases } from './convolution.js';

/** What a convolution does that sums its parameters' gradients over the whole batch, block by block of output channels. */
interface WholeBatchSteps {
  readonly forward: readonly Phase[];
  /** The input's gradient, of a machine's own samples. */
  readonly ofInput: readonly Phase[];
  /** What the forward pass has made of the input, and `ofParameters` reads, of the whole batch. */
  readonly again: readonly Phase[];
  readonly ofParameters: ChannelPhase;
  /** What `ofInput` reads of what `ofParameters` makes of the upstream gradient on its way, of a machine's own samples. */
  readonly upstream?: Phase;
}

/** The steps in their order, for one machine or for several. */
export function overWholeBatch(
  { settings: { outChannels }, input, output, weight, bias }: Convolution,
  planner: Planner,
  { forward, ofInput, again, ofParameters, upstream }: WholeBatchSteps,
): ConvolutionPhases {
  if (planner.ranks === 1) return { forward, backward: [ofParameters, ...ofInput] };
  const pixels = sizeOf(output.shape) / outChannels;
  const parameters = { weight, bias, inColumns: [weight, bias], columns: outChannels, block: blockOf(outChannels) };
  const batch = planWholeBatch(planner, input, output, pixels, parameters);
  return {
    forward: [...batch.input.begin, ...forward],
    backward: [
      ...batch.upstream.begin,
      ...(upstream && ofInput.length > 0 ? [upstream] : []),
      ...ofInput,
      ...batch.input.arrival,
      ...batch.upstream.arrival,
      ...again,
      { ...ofParameters, mixes: true, divided: batch.divided },
      ...batch.results,
    ],
  };
}
