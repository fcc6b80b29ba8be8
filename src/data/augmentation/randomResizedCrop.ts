import { drawsOf, hashKey } from '../../tensor/random.js';
import { expNegative } from '../../tensor/transcendental.js';
import { ATTEMPTS, type Box, type SamplePlace } from './crop.js';

const [LEAST_RATIO, MOST_RATIO] = [3 / 4, 4 / 3];
const LOG_RATIOS = 0.5753641449035617; // ln(MOST_RATIO / LEAST_RATIO)

/** The part of an image that RandomResizedCrop cuts out: where ten attempts fail, the largest one in the middle whose aspect
 * ratio, width by height, is allowed. */
export function drawBox(
  leastArea: number,
  [height, width]: readonly [number, number],
  { seed, step, sample }: SamplePlace,
): Box {
  const { next, below } = drawsOf(hashKey(seed, 'resizedCrop', step, sample));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * (leastArea + next() * (1 - leastArea));
    const ratio = MOST_RATIO * expNegative(-next() * LOG_RATIOS);
    const box = { height: Math.round(Math.sqrt(area / ratio)), width: Math.round(Math.sqrt(area * ratio)) };
    if (box.height < 1 || box.width < 1 || box.height > height || box.width > width) continue;
    return { ...box, top: below(height - box.height + 1), left: below(width - box.width + 1) };
  }
  const most = {
    height: Math.min(height, Math.round(width / LEAST_RATIO)),
    width: Math.min(width, Math.round(height * MOST_RATIO)),
  };
  return { ...most, top: Math.floor((height - most.height) / 2), left: Math.floor((width - most.width) / 2) };
}
