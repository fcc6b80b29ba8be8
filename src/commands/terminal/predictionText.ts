import type { Image } from '../../data/image.js';
import { resize } from '../../data/resize.js';
import type { TransformedImage } from '../../data/transformImage.js';
import { oneLine, printable } from '../../errors.js';
import { percentText, shortened } from '../../pages/format.js';
import { picture } from './picture.js';

/** What a picture is and what the network takes for it. */
export interface PictureInput {
  /** A picture's file, or the place of a test image. */
  readonly source: { readonly file: string } | { readonly index: number };
  /** The class that it is of, where that is known. */
  readonly trueClass: string | undefined;
  readonly input: TransformedImage;
}

/** What the network says of a picture. */
export interface Prediction extends PictureInput {
  /** The most likely classes, the likeliest first. */
  readonly top: readonly { readonly class: string; readonly probability: number }[];
  /** Whether even that one is not likely enough. */
  readonly unsure: boolean;
}

/** An object of a --json output, as a line. */
export const jsonLine = (event: Readonly<Record<string, unknown>>): string => `${printable(JSON.stringify(event))}\n`;

export function predictionJson({ source, trueClass, input, top, unsure }: Prediction): string {
  const [{ class: likeliest, probability }] = top;
  const { inverted } = input;
  return jsonLine({ event: 'prediction', ...source, class: likeliest, probability, unsure, trueClass, inverted, top });
}

/** The most columns of a drawn picture, of a class's name, and of a bar. */
const [PICTURE, NAME, BAR] = [32, 20, 14];

/** The least probability of a class that a line of text names beside the likeliest one. */
const LEAST = 0.001;

export const className = (name: string): string => shortened(printable(name), NAME);

const sourceName = ({ source }: Prediction) => ('file' in source ? oneLine(source.file) : `test image ${source.index}`);

/** What is to be said besides classes and probabilities. */
function notes({ input }: Prediction, trueClass: string | undefined): string {
  const all = input.inverted ? ['inverted'] : [];
  if (trueClass !== undefined) all.push(`true class: ${className(trueClass)}`);
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}

/** A heading, and what the network saw beside the most likely classes. */
export function predictionText(prediction: Prediction, colourDepth: number): string {
  const { top, unsure, input, trueClass } = prediction;
  const widest = Math.max(...top.map(({ class: name }) => className(name).length));
  const rows = top.map(({ class: name, probability }) => {
    const bar = '█'.repeat(Math.round(BAR * probability));
    return `${className(name).padEnd(widest)}  ${percentText(probability).padStart(7)}  ${bar}`.trimEnd();
  });
  const image = drawable(input);
  const lines = picture(image, colourDepth);
  const above = Math.max(0, (lines.length - rows.length) >> 1);
  const text = Array.from({ length: Math.max(lines.length, rows.length) }, (_, i) =>
    `${lines[i] ?? ' '.repeat(image.width)}  ${rows[i - above] ?? ''}`.trimEnd(),
  );
  const verdict = `${unsure ? 'unsure, perhaps ' : ''}${className(top[0].class)}`;
  return [`${sourceName(prediction)}: ${verdict}${notes(prediction, trueClass)}`, ...text, '', ''].join('\n');
}

/** What the network saw, small enough to stand beside its classes. */
function drawable({ pixels, shape: [channels, height, width] }: TransformedImage): Image {
  const size = height * width;
  const sideBySide = new Uint8Array(channels * size);
  for (let channel = 0; channel < channels; channel++)
    for (let p = 0; p < size; p++) sideBySide[p * channels + channel] = pixels[channel * size + p];
  const image = { width, height, channels: channels as Image['channels'], pixels: sideBySide };
  const longer = Math.max(height, width);
  if (longer <= PICTURE) return image;
  const [rows, columns] = [height, width].map((length) => Math.max(1, Math.round((length * PICTURE) / longer)));
  return resize(image, [rows, columns], { top: 0, left: 0, height: rows, width: columns });
}

/** Predictions in a line each, of at most so many columns: the picture's name, cut to half of them, the most likely classes, as
 * many as there is room for, without those of no probability to speak of, and the true class where it is another one. */
export function predictionLines(predictions: readonly Prediction[], columns: number): string {
  const names = predictions.map((prediction) => withEnds(sourceName(prediction), Math.floor(columns / 2)));
  const widest = Math.max(0, ...names.map(({ length }) => length));
  const lines = predictions.map((prediction, i) => {
    const { top, unsure, trueClass } = prediction;
    const told = top.filter(({ probability }, place) => place === 0 || probability >= LEAST);
    const classes = told.map(({ class: name, probability }) => `${className(name)} ${percentText(probability, 1)}`);
    const start = `${names[i].padEnd(widest)}  ${unsure ? 'unsure: ' : ''}`;
    const end = notes(prediction, trueClass === top[0].class ? undefined : trueClass);
    while (classes.length > 1 && `${start}${classes.join(', ')}${end}`.length > columns) classes.pop();
    return `${shortened(`${start}${classes.join(', ')}${end}`, columns)}\n`;
  });
  return lines.join('');
}

/** A path with its beginning and, longer, its end, where the file's name is. */
function withEnds(path: string, longest: number): string {
  if (path.length <= longest) return path;
  const head = Math.floor(longest / 3);
  return `${path.slice(0, head)}…${path.slice(head + 1 - longest)}`;
}
