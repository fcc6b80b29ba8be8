import { printable } from '../errors.js';
import type { Picture } from './evaluationPictures.js';
import { type EvaluationView, isRight, type Sample } from './evaluationView.js';
import { percentText } from './format.js';
import { html, type Markup } from './markup.js';

/** Pictures with what they were taken for, and how sure the model was. */
export const gallery = (view: EvaluationView, pictures: readonly Picture[]): Markup =>
  html`<ul class="gallery">${pictures.map(({ sample, url }) => {
    const { classes, shape } = view;
    const [, height, width] = shape;
    const [own, predicted] = [classes[sample.label].name, classes[sample.prediction].name];
    const taken = isRight(sample) ? html`<b>${own}</b>` : html`<b>${predicted}</b> <span class="soft">is ${own}</span>`;
    const name = nameOf(view, sample);
    return html`<li><img src="${url}" width="${width}" height="${height}" class="${width > 64 ? 'fine' : 'coarse'}" alt="${name}, a picture of ${own}">
<p>${percentText(sample.confidence, 1)} ${taken}</p><p class="soft clipped" title="${name}">${name}</p></li>
`;
  })}</ul>`;

/** The picture's file, or its number among the test pictures. */
const nameOf = ({ files }: EvaluationView, { index }: Sample): string =>
  files ? printable(files[index]) : `picture ${index}`;
