import type { Image } from '../../data/image.js';
import { resize } from '../../data/resize.js';
import type { TransformedImage } from '../../data/transformImage.js';
import { oneLine, printable } from '../../errors.js';
import { percentText, shortened } from '../../pages/format.js';
import { picture } from './picture.js';

/** What the network says of a picture. */
export interface Prediction {
  /** A picture's file, or the place of a test image. */
  readonly source: { readonly file: string } | { readonly index: number };
  /** The class that it is of, where that is known. */
  readonly trueClass?: string | undefined;
  /** What the network saw. */
  readonly input: TransformedImage;
  /** The most likely classes, the likeliest first. */
  readonly top: readonly { readonly class: string; readonly probability: number }[];
  /** Whether even that one is not likely enough. */
  readonly unsure: boolean;
}

const jsonLine = (event: Readonly<Record<string, unknown>>) => `${printable(JSON.stringify(event))}\n`;

export function predictionJson({ source, trueClass, input, top, unsure }: Prediction): string {
  const { inverted } = input;
  return jsonLine({ event: 'prediction', ...source, trueClass, ...top[0], top, unsure, inverted });
}

export const unreadableJson = (file: string, error: string): string => jsonLine({ event: 'error', file, error });

/** The most columns of a drawn picture, of a class's name, and of a bar. */
const [PICTURE, NAME, BAR] = [32, 20, 20];

const className = (name: string) => shortened(printable(name), NAME);
const sourceName = ({ source }: Prediction) =>
  'file' in source ? oneLine(source.file) : `test image ${source.index}`;

/** What is to be said besides classes and probabilities, in brackets. */
function notes({ input, trueClass }: Prediction, isTold: (trueClass: string) => boolean): string {
  const said = trueClass !== undefined && isTold(trueClass) ? [`true class: ${className(trueClass)}`] : [];
  const all = input.inverted ? ['inverted', ...said] : said;
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}

/** A heading, and what the network saw beside the most likely classes. */
export function predictionText(prediction: Prediction, colourDepth: number): string {
  const { top, unsure, input } = prediction;
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
  const verdict = `${unsure ? 'unsure, perhaps ' : ''}${className(top[0].class)}${notes(prediction, () => true)}`;
  return [`${sourceName(prediction)}: ${verdict}`, ...text, '', ''].join('\n');
}

/** What the network saw, small enough to be drawn beside its classes. */
function drawable({ pixels, shape: [channels, height, width] }: TransformedImage): Image {
  const size = height * width;
  const sideBySide = Uint8Array.from({ length: channels * size }, (_, at) => pixels[(at % channels) * size + Math.floor(at / channels)]);
  const image = { width, height, channels: channels as Image['channels'], pixels: sideBySide };
  const longest = Math.max(height, width);
  if (longest <= PICTURE) return image;
  const shorter = (length: number) => Math.max(1, Math.round((length * PICTURE) / longest));
  const [rows, columns] = [shorter(height), shorter(width)];
  return resize(image, [rows, columns], { top: 0, left: 0, height: rows, width: columns });
}

/** Predictions in a line each, for many of them: the picture, cut to leave room where the line has to fit into so many
 * columns, and as many of the likeliest classes as fit. */
export function predictionLines(predictions: readonly Prediction[], columns: number): string {
  const names = predictions.map(sourceName);
  const widest = Math.min(Math.max(...names.map(({ length }) => length)), Math.floor(columns / 2));
  const lines = predictions.map((prediction, i) => {
    const { top, unsure } = prediction;
    const note = notes(prediction, (trueClass) => trueClass !== top[0].class);
    const start = `${withEnds(names[i], widest).padEnd(widest)}  ${unsure ? 'unsure: ' : ''}`;
    const classes = top.map(({ class: name, probability }) => `${className(name)} ${percentText(probability, 1)}`);
    while (classes.length > 1 && `${start}${classes.join(', ')}${note}`.length > columns) classes.pop();
    return `${shortened(`${start}${classes.join(', ')}${note}`, columns)}\n`;
  });
  return lines.join('');
}

/** A path with its beginning and its end, which has the file's name. */
const withEnds = (path: string, longest: number) =>
  path.length <= longest ? path : `${path.slice(0, Math.floor((longest - 1) / 3))}…${path.slice(-Math.ceil((2 * (longest - 1)) / 3))}`;
