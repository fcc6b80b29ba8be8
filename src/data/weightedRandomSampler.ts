import { HeddleError } from '../errors.js';
import { hashKey, uniform } from '../tensor/random.js';
import { formatShape } from '../tensor/shape.js';
import { readRow } from '../tensor/tensorLike.js';
import type { TensorSource } from '../tensor/view.js';
import { flag, options, required, wholeNumber } from '../validate.js';
import { classWeights } from './classWeights.js';
import type { Dataset } from './dataset.js';
import type { Sampler } from './sampler.js';

/** Draws the samples of an epoch at random, each in proportion to its weight, as torch.utils.data.WeightedRandomSampler. */
export class WeightedRandomSampler implements Sampler {
  readonly weights: readonly number[];
  readonly numSamples: number;
  readonly replacement: boolean;

  /** @param weights of each sample, 0 or more, which need not add up to 1
   * @param numSamples how many an epoch draws
   * @param given replacement: whether a sample may come again in an epoch, default true */
  constructor(
    weights: ArrayLike<number> | TensorSource,
    numSamples: number,
    given?: { readonly replacement?: boolean },
    ...others: never[]
  ) {
    const form = 'new WeightedRandomSampler(weights, numSamples, { replacement })';
    required(form, { weights, numSamples });
    const { replacement } = options(form, given, { replacement: true }, others);
    this.weights = checkWeights(Array.from(readRow('the weights', weights)));
    this.numSamples = wholeNumber('WeightedRandomSampler numSamples', numSamples, 1);
    this.replacement = flag('WeightedRandomSampler replacement', replacement);
    const drawable = this.weights.filter((weight) => weight > 0).length;
    if (!replacement && numSamples > drawable)
      throw new HeddleError(
        'ARGUMENT',
        `WeightedRandomSampler without replacement: expected at most ${drawable} samples, as many as have a weight above 0, found ${numSamples}`,
      );
  }

  /** Draws as many samples as a data set of class numbers has, each class as often as any other, however rare it is.
   *
   * @throws HeddleError as classWeights */
  static balanced(dataset: Dataset): WeightedRandomSampler {
    required('WeightedRandomSampler.balanced(dataset)', { dataset });
    const ofClass = classWeights(dataset);
    if (dataset.targetShape.length > 0)
      throw new HeddleError(
        'SHAPE',
        `WeightedRandomSampler.balanced wants one class number for each sample, found targets of shape ${formatShape(dataset.targetShape)}`,
      );
    return new WeightedRandomSampler(
      Array.from(dataset.targets, (target) => ofClass[target]),
      dataset.count,
    );
  }

  /** @throws HeddleError ARGUMENT when there are not as many weights as samples */
  order(count: number, seed: number, epoch: number): Int32Array {
    if (this.weights.length !== count)
      throw new HeddleError(
        'ARGUMENT',
        `WeightedRandomSampler has ${this.weights.length} weights; expected one for each of the data set's ${count} samples`,
      );
    const tree = new SumTree(this.weights);
    const key = hashKey(seed, 'sample', epoch);
    return Int32Array.from({ length: this.numSamples }, (_, i) => {
      const sample = tree.find(uniform(key, 2 * i) + uniform(key, 2 * i + 1) / 2 ** 32);
      if (!this.replacement) tree.remove(sample);
      return sample;
    });
  }
}

function checkWeights(weights: readonly number[]): readonly number[] {
  const wrong = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (wrong < 0 && total > 0 && total < Number.POSITIVE_INFINITY) return weights;
  const found = wrong < 0 ? `weights whose sum is ${total}` : `weight ${wrong} of ${weights[wrong]}`;
  throw new HeddleError(
    'ARGUMENT',
    `WeightedRandomSampler: expected weights of 0 or more, with a finite sum above 0; found ${found}`,
  );
}

/** Weights as the leaves of a binary tree, each node above them the sum of the two below: a draw goes down from the root, and
 * a removal goes up. Sums are added anew and never subtracted from, so that nothing is left of what was removed. */
class SumTree {
  private readonly leaves: number;
  private readonly sums: Float64Array;

  constructor(weights: readonly number[]) {
    this.leaves = 2 ** Math.ceil(Math.log2(weights.length));
    this.sums = new Float64Array(2 * this.leaves);
    this.sums.set(weights, this.leaves);
    for (let node = this.leaves - 1; node > 0; node--) this.addBelow(node);
  }

  /** The leaf at which the sum of the weights up to it, from left to right, exceeds a share of their total. */
  find(share: number): number {
    const { leaves, sums } = this;
    let rest = share * sums[1];
    let node = 1;
    while (node < leaves) {
      node *= 2;
      // A sum may be rounded, but what is drawn has a weight.
      if (rest < sums[node] || sums[node + 1] === 0) continue;
      rest -= sums[node];
      node++;
    }
    return node - leaves;
  }

  remove(leaf: number): void {
    let node = leaf + this.leaves;
    this.sums[node] = 0;
    for (node >>= 1; node > 0; node >>= 1) this.addBelow(node);
  }

  private addBelow(node: number): void {
    this.sums[node] = this.sums[2 * node] + this.sums[2 * node + 1];
  }
}
