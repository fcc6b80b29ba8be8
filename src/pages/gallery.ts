import { printable } from '../errors.js';
import type { Picture } from './evaluationPictures.js';
import type { EvaluationView, Sample } from './evaluationView.js';
import { percentText } from './format.js';
import { type Content, html, type Markup } from './markup.js';

/** What pictures are of. */
export type GalleryView = Pick<EvaluationView, 'classes' | 'shape' | 'files'>;

/** Pictures with what is said of each, and the names of their files. */
export function gallery(view: GalleryView, pictures: readonly Picture[], said: (sample: Sample) => Content): Markup {
  const { classes, shape } = view;
  const [, height, width] = shape;
  const items = pictures.map(({ sample, url }) => {
    const name = nameOf(view, sample);
    const alternative = `${name}, a picture of ${classes[sample.label].name}`;
    return html`<li><img src="${url}" width="${width}" height="${height}" class="${width > 64 ? 'fine' : 'coarse'}" alt="${alternative}">
<p>${said(sample)}</p><p class="soft name" title="${name}">${name.slice(name.lastIndexOf('/') + 1)}</p></li>
`;
  });
  return html`<ul class="gallery">${items}</ul>`;
}

export const confidenceText = ({ confidence }: Sample): string => percentText(confidence, 1);

/** The picture's file, or its number among the test pictures. */
const nameOf = ({ files }: GalleryView, { index }: Sample): string =>
  files ? printable(files[index]) : `picture ${index}`;
