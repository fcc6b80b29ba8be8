import type { LabelledData } from '../../datasets/labelledData.js';
import { loadingProgress } from '../terminal/loadingProgress.js';
import { openGivenData } from './givenData.js';
import type { Weights } from './weights.js';

/** Data as a model was trained on them: pictures become inputs in the same way, classes have the same numbers, and where a share
 * is held out for tests it is the same one, where the model's file says which.
 * @throws HeddleError as openData */
export async function openTestData(
  { data, workers, json }: { readonly data: string; readonly workers: number; readonly json: boolean },
  { transform, classes, recipe }: Pick<Weights, 'transform' | 'classes' | 'recipe'>,
): Promise<LabelledData> {
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const [seed, testShare] = [number(recipe?.seed), number(recipe?.testShare)];
  const progress = loadingProgress(json);
  try {
    return await openGivenData(data, { transform, classes, seed, testShare, workers, onProgress: progress.draw });
  } finally {
    progress.end();
  }
}
