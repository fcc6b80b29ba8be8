import { HeddleError, quote } from '../errors.js';
import { formatError } from '../formats/fileKind.js';
import { labelArray, type PictureSet } from './pictureSet.js';

interface Numbering {
  /** The classes' names in the order of their numbers. */
  readonly classes: readonly string[];
  /** Gives a set's labels these numbers. */
  readonly renumber: (set: PictureSet) => PictureSet;
}

/** The classes of labels that run from 0 on.
 * @param names of the labels; without them labels are numbers, and a model's classes have the same
 * @param known a model's classes, of which those of the labels are some
 * @throws HeddleError FORMAT for labels without a name, ARGUMENT for one that the model does not know */
export function numbering(
  source: string,
  sets: readonly PictureSet[],
  names: readonly string[] | undefined,
  known: readonly string[] | undefined,
): Numbering {
  const most = Math.max(...sets.map(({ targets }) => largest(targets)));
  if (names && most >= names.length)
    throw formatError(source, `expected labels below ${names.length}, one for each name; found ${most}`, 'Add names');
  const same = (set: PictureSet) => set;
  if (!known)
    return { classes: names ?? Array.from({ length: most + 1 }, (_, label) => String(label)), renumber: same };
  if (!names) {
    if (most >= known.length) throw stranger(source, `label ${most}`, known);
    return { classes: known, renumber: same };
  }
  const numbers = names.map((name) => known.indexOf(name));
  const unknown = numbers.indexOf(-1);
  if (unknown >= 0) throw stranger(source, `class ${quote(names[unknown])}`, known);
  return { classes: known, renumber: (set) => withNumbers(set, (label) => numbers[label], known.length) };
}

function largest(labels: PictureSet['targets']): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i]);
  return most;
}

const stranger = (source: string, found: string, known: readonly string[]) =>
  new HeddleError(
    'ARGUMENT',
    `${source}: found ${found}, which is none of the model's ${known.length}: ${known.join(', ')}`,
  );

/** The set with other labels, which are below `count`. */
export function withNumbers(set: PictureSet, numberOf: (label: number) => number, count: number): PictureSet {
  const targets = labelArray(set.count, count);
  for (let i = 0; i < set.count; i++) targets[i] = numberOf(set.targets[i]);
  return { ...set, targets };
}
