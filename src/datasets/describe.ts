import { transformedShape } from '../data/imageTransform.js';
import { printable } from '../errors.js';
import { required } from '../validate.js';
import type { LabelledData } from './labelledData.js';

const WIDTH = 80;
/** The most files that are left out and named, classes that are named, and characters of a name. */
const [FILES, CLASSES, CHARACTERS] = [5, 12, 30];
/** How many times as large as the smallest class the largest is where that is said. */
const UNEQUAL = 3;

/** What data is, in lines of at most 80 characters: how many pictures it has, of which classes and sizes, whether some classes
 * have many more than others, and which files were left out. */
export function describeData(data: LabelledData): string {
  required('describeData(data)', { data });
  const { kind, train, test } = data;
  // A model may know more classes than the data has.
  const used = pictureCounts(data).filter((counts) => counts.train + counts.test > 0);
  const classes = used.map((counts) => ({ name: short(counts.name), count: counts.train }));
  const paragraphs = [
    `${kind}: ${number(train.count)} to train on, ${number(test.count)} to test with, ${classText(classes, data.classes.length)}`,
    sizeText(data),
    imbalanceText(classes),
    ...leftOutText(data),
  ];
  return paragraphs
    .filter((text) => text !== '')
    .map((text) => wrapped(printable(text)))
    .concat(fileLines(data))
    .join('\n');
}

/** A class by its name with the number of its pictures to train on. */
interface ClassCount {
  readonly name: string;
  readonly count: number;
}

const number = (count: number) => count.toLocaleString('en');
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const short = (name: string) => cut(printable(name), CHARACTERS);

/** How many pictures of each class there are to train on, and to test with. */
export function pictureCounts({ classes, train, test }: LabelledData) {
  const counts = classes.map((name) => ({ name, train: 0, test: 0 }));
  for (let i = 0; i < train.count; i++) counts[train.targets[i]].train++;
  for (let i = 0; i < test.count; i++) counts[test.targets[i]].test++;
  return counts;
}

function classText(classes: readonly ClassCount[], known: number): string {
  const isEqual = classes.every(({ count }) => count === classes[0].count);
  const all = classes.length < known ? `${classes.length} of the ${known} classes` : `${known} classes`;
  const each = isEqual ? ` of ${number(classes[0].count)} each` : '';
  const named = classes.slice(0, CLASSES).map(({ name, count }) => (isEqual ? name : `${name} ${number(count)}`));
  const others = classes.length > CLASSES ? [`${classes.length - CLASSES} more`] : [];
  return `${all}${each} (${[...named, ...others].join(', ')})`;
}

function sizeText({ transform, sizes }: LabelledData): string {
  const size = ([width, height]: readonly [number, number]) => `${width}×${height}`;
  const [channels, height, width] = transformedShape(transform);
  const input = `${channels}×${height}×${width}`;
  if (!sizes) return `pictures of ${input}`;
  const { smallest, median, largest } = sizes;
  const range = `sizes from ${size(smallest)} to ${size(largest)}, median ${size(median)}`;
  return `${size(smallest) === size(largest) ? `sizes ${size(median)}` : range}; as ${input}`;
}

function imbalanceText(classes: readonly ClassCount[]): string {
  const ordered = classes.toSorted((a, b) => a.count - b.count);
  const [smallest, largest] = [ordered[0], ordered[ordered.length - 1]];
  if (largest.count < UNEQUAL * smallest.count || largest.count === smallest.count) return '';
  const have = `${largest.name} has ${number(largest.count)} pictures to train on, ${smallest.name} ${number(smallest.count)}`;
  return `unequal classes: ${have}; look at the accuracy of each, as evaluate prints it`;
}

function leftOutText({ unreadable, otherFiles = 0, notKept }: LabelledData): string[] {
  const files = (count: number) => (count === 1 ? 'a file' : `${number(count)} files`);
  return [
    ...(notKept === undefined ? [] : [`not kept for the next start: ${cut(notKept, 200)}`]),
    ...(otherFiles === 0 ? [] : [`passed over: ${files(otherFiles)} of other kinds, or in no class's folder`]),
    ...(unreadable.length === 0 ? [] : [`left out: ${files(unreadable.length)} that could not be read`]),
  ];
}

function fileLines({ unreadable }: LabelledData): string[] {
  const named = unreadable
    .slice(0, FILES)
    .map(({ file, reason }) => cut(`  ${printable(`${file}: ${reason}`)}`, WIDTH));
  return unreadable.length > FILES ? [...named, `  and ${number(unreadable.length - FILES)} more`] : named;
}

/** A text in lines, of which those after the first are indented. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
