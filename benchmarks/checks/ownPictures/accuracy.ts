import { join } from 'node:path';
import { draw, heddle, type Verdict } from './installation.js';

const [LEAST_ACCURACY, MOST_SECONDS] = [0.95, 120];

/** Trains as someone does who says nothing but where the pictures are, and predicts 30 others. */
export async function checkAccuracy(folder: string, seed: number): Promise<Verdict> {
  const start = performance.now();
  const epochs = await heddle(folder, 'epoch', 'train', '--data', 'pictures', '--out', 'run');
  const seconds = (performance.now() - start) / 1000;
  const accuracy = epochs.at(-1)?.testAccuracy ?? 0;
  await draw(join(folder, 'new'), 10, seed + 1);
  const predictions = await heddle(folder, 'prediction', 'predict', '--weights', 'run/model.safetensors', 'new');
  const right = predictions.filter((prediction) => prediction.class === prediction.trueClass).length;
  const text = `train: ${(100 * accuracy).toFixed(1)}% of the held-out pictures after ${epochs.length} epochs and ${seconds.toFixed(0)} s (95% within 120 s); predict: ${right} of ${predictions.length} new ones`;
  return { text, good: accuracy >= LEAST_ACCURACY && seconds <= MOST_SECONDS && predictions.length === 30 };
}
