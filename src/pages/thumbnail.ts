import { encode } from 'fast-png';
import type { EvaluationPageData } from './evaluationView.js';

/** A picture as a PNG file in a data URL. */
export function thumbnail({ inputs, shape }: Pick<EvaluationPageData, 'inputs' | 'shape'>, index: number): string {
  const [channels, height, width] = shape;
  const size = height * width;
  const planes = inputs.subarray(index * channels * size, (index + 1) * channels * size);
  const data = Uint8Array.from(planes, (_, i) => planes[(i % channels) * size + Math.floor(i / channels)]);
  const png = encode({ width, height, channels, depth: 8, data });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
