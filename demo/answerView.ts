import { percentText } from '../src/pages/format.js';
import { html, type Markup } from '../src/pages/markup.js';
import { formatShape } from '../src/tensor/shape.js';
import type { Answer } from './classifier.js';
import type { Feature } from './features.js';
import { fill } from './pictures.js';

/** Of more classes those with the highest probabilities are shown. */
const MOST_CLASSES = 10;

/** What a network takes a picture for. */
export const verdictOf = ({ probabilities }: Answer, classes: readonly string[]): string =>
  classes[probabilities.indexOf(Math.max(...probabilities))] ?? 'Nothing: the network has gone astray';

/** A bar a class. */
export function probabilityTable({ probabilities }: Answer, classes: readonly string[]): Markup {
  const greatest = Math.max(...probabilities);
  const ranked = Array.from(probabilities, (probability, i) => ({ name: classes[i], probability }));
  const shown =
    ranked.length > MOST_CLASSES
      ? ranked.toSorted((a, b) => b.probability - a.probability).slice(0, MOST_CLASSES)
      : ranked;
  const rows = shown.map(
    ({ name, probability }) => html`<tr${probability === greatest ? html` class="best"` : undefined}>
<th scope="row" title="${name}"><span class="clipped">${name}</span></th>
<td class="bar"><svg aria-hidden="true"><rect width="${(100 * probability || 0).toFixed(1)}%" height="100%"/></svg></td>
<td class="number">${percentText(probability, 1)}</td></tr>
`,
  );
  return html`<table class="class-table"><tbody>${rows}</tbody></table>`;
}

/** Shows what a network gets as its input. */
export function drawInput(canvas: HTMLCanvasElement, { input: { shape, pixels } }: Answer): void {
  const [channels, height, width] = shape;
  const size = height * width;
  fill(canvas, width, height, (i) => [0, 1, 2].map((colour) => pixels[(channels === 3 ? colour : 0) * size + i]));
}

/** The most channels that are shown of a convolution. */
const MOST_CHANNELS = 64;

/** A convolution's channels side by side, each from its smallest value, black, to its largest, white. */
export function featureFigure({ name, shape, values }: Feature): HTMLElement {
  const [channels, height, width] = shape;
  const shown = Math.min(channels, MOST_CHANNELS);
  const strip = document.createElement('div');
  strip.className = 'strip';
  for (let channel = 0; channel < shown; channel++) {
    const own = Array.from({ length: height * width }, (_, i) => values[channel * height * width + i]);
    const least = own.reduce((a, b) => Math.min(a, b));
    const range = own.reduce((a, b) => Math.max(a, b)) - least || 1;
    const canvas = document.createElement('canvas');
    fill(canvas, width, height, (i) => Array(3).fill((255 * (own[i] - least)) / range));
    strip.append(canvas);
  }
  const caption = document.createElement('figcaption');
  caption.textContent = `${name}: ${formatShape(shape)}${shown < channels ? `, the first ${shown}` : ''}`;
  const figure = document.createElement('figure');
  strip.role = 'img';
  strip.ariaLabel = `${shown} channels of ${name}`;
  figure.append(caption, strip);
  return figure;
}
