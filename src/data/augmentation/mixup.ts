import { hash, hashKey } from '../../tensor/random.js';
import { cosPi, expNegative, logAboveOne } from '../../tensor/transcendental.js';

/** λ ~ Beta(α, α), the share that an input keeps of itself, for a batch of a step: Devroye, Random variate generation in
 * one line of code, 1996, without a rejection. */
export function drawShare(
  alpha: number,
  { seed, step, batch }: { readonly seed: number; readonly step: number; readonly batch: number },
): number {
  const key = hashKey(seed, 'mixup', step, batch);
  // Between the multiples of 2⁻³², so that neither logarithm nor cosine is that of an end.
  const [first, second] = [0, 1].map((element) => (hash(key, element) + 0.5) / 2 ** 32);
  const power = expNegative(-logAboveOne(1 / first) / alpha);
  const cosine = cosPi(second);
  const squares = (1 - power) * cosine * cosine;
  return 0.5 + (Math.sign(cosine) / 2) * Math.sqrt(squares / (power + squares));
}
