import type { InputImage } from '../../data/toInput.js';
import { oneLine, printable } from '../../errors.js';
import { picture } from './picture.js';

export interface Prediction {
  /** An image's file, or the place of a test image and the class that it is of. */
  readonly source: { readonly image: string } | { readonly index: number; readonly trueLabel: string };
  readonly input: InputImage;
  /** The classes with their probabilities, in the order of the labels. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

const byProbability = ({ classes }: Prediction) => classes.toSorted((a, b) => b.probability - a.probability);

export function predictionJson(prediction: Prediction): string {
  const [{ name: label, probability }] = byProbability(prediction);
  const probabilities = Object.fromEntries(prediction.classes.map((one) => [one.name, one.probability]));
  const { inverted } = prediction.input;
  const event = { event: 'prediction', ...prediction.source, label, probability, probabilities, inverted };
  return `${printable(JSON.stringify(event))}\n`;
}

const BAR = 20;

/** A heading, and what the network saw beside the classes, the most likely first. */
export function predictionText(prediction: Prediction, colourDepth: number): string {
  const { source, input } = prediction;
  const sorted = byProbability(prediction).map(({ name, probability }) => ({ name: printable(name), probability }));
  const widest = Math.max(...sorted.map(({ name }) => name.length));
  const rows = sorted.map(({ name, probability }) => {
    const bar = '█'.repeat(Math.round(BAR * probability));
    return `${name.padEnd(widest)}  ${(100 * probability).toFixed(2).padStart(6)}%  ${bar}`.trimEnd();
  });
  const lines = picture(input, colourDepth);
  const above = (lines.length - rows.length) >> 1;
  const [name, note] =
    'image' in source
      ? [oneLine(source.image), input.inverted ? ' (inverted)' : '']
      : [`test image ${source.index}`, ` (true label: ${source.trueLabel})`];
  const text = lines.map((line, i) => `${line}  ${rows[i - above] ?? ''}`.trimEnd());
  return [`${name}: ${sorted[0].name}${note}`, ...text, '', ''].join('\n');
}
