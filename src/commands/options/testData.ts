import type { LabelledData } from '../../datasets/labelledData.js';
import { openData } from '../../datasets/openData.js';
import type { Weights } from './weights.js';

/** Data as a model was trained on them: pictures become inputs in the same way, classes have the same numbers, and where a share
 * is held out for tests it is the same one.
 * @throws HeddleError as openData */
export function openTestData(
  data: string,
  { transform, classes, recipe }: Pick<Weights, 'transform' | 'classes' | 'recipe'>,
  workers: number,
): Promise<LabelledData> {
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const [seed, testShare] = [number(recipe?.seed), number(recipe?.testShare)];
  return openData(data, { transform, classes, seed, testShare, workers });
}
