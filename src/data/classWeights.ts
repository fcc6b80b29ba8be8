import { HeddleError } from '../errors.js';
import { options, required, wholeNumber } from '../validate.js';
import { checkArrays, type Dataset, targetKind } from './dataset.js';

/** A weight for each class of a data set, with which all classes count the same, as scikit-learn's "balanced": the number of
 * all targets / (classes · targets of the class), the classes those from 0 to the highest. For CrossEntropyLoss's `weight`.
 *
 * @param given ignoreIndex: a class number that is not counted, default -100
 * @throws HeddleError SHAPE unless the targets are class numbers, with one of each class */
export function classWeights(
  dataset: Dataset,
  given?: { readonly ignoreIndex?: number },
  ...others: never[]
): number[] {
  const form = 'classWeights(dataset, { ignoreIndex })';
  required(form, { dataset });
  const { ignoreIndex } = options(form, given, { ignoreIndex: -100 }, others);
  wholeNumber('ignoreIndex', ignoreIndex, -(2 ** 31), 2 ** 31 - 1);
  checkArrays(dataset);
  if (targetKind(dataset) !== 'classes')
    throw new HeddleError('SHAPE', "the data set's targets are floats; expected class numbers, which can be counted");
  const counts = new Map<number, number>();
  for (const target of dataset.targets) if (target !== ignoreIndex) counts.set(target, (counts.get(target) ?? 0) + 1);
  const ofClasses = Array.from({ length: Math.max(counts.size, 1) }, (_, label) => counts.get(label) ?? 0);
  const absent = ofClasses.indexOf(0);
  if (absent >= 0)
    throw new HeddleError(
      'SHAPE',
      `expected class numbers from 0 on, each at least once; the data set's are ${texts(counts)}, without ${absent}`,
    );
  const total = ofClasses.reduce((sum, count) => sum + count, 0);
  return ofClasses.map((count) => total / (ofClasses.length * count));
}

function texts(counts: ReadonlyMap<number, number>): string {
  const labels = [...counts.keys()].sort((a, b) => a - b);
  return labels.length === 0 ? 'all ignored' : `from ${labels[0]} to ${labels.at(-1)}`;
}
