import { samplePicture } from '../data/samplePicture.js';
import { encodePng } from '../formats/png.js';
import type { EvaluationPageData } from './evaluationView.js';

/** A larger picture is made smaller, so that its longer side has so many pixels. */
const LONGEST = 96;

/** A picture as a PNG file in a data URL. */
export function thumbnail({ inputs, shape }: Pick<EvaluationPageData, 'inputs' | 'shape'>, index: number): string {
  const image = samplePicture(inputs, shape, index, LONGEST);
  return `data:image/png;base64,${encodePng(image).toString('base64')}`;
}
