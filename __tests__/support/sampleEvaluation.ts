import type { EvaluationPageData } from '../../src/pages/evaluationView.js';

/** [label, prediction, its probability]; what is left of it the other classes have in equal parts. */
export type SampleAnswer = readonly [label: number, prediction: number, confidence: number];

export const sampleNames = ['circle', 'square', 'triangle'];

export const sampleAnswers: readonly SampleAnswer[] = [
  [0, 0, 0.95],
  [0, 1, 0.62],
  [1, 1, 0.71],
  [2, 0, 0.88],
  [0, 1, 0.97],
  [0, 1, 0.45],
  [2, 2, 0.5],
  [2, 2, 1],
];

/** An invented evaluation, of pictures of 6×4 pixels. */
export function sampleEvaluation(
  answers: readonly SampleAnswer[] = sampleAnswers,
  more: Partial<EvaluationPageData> = {},
): EvaluationPageData {
  const { classes = sampleNames, shape = [3, 4, 6] } = more;
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    title: 'run/model.safetensors',
    data: 'shapes',
    created: '1 May',
    loss: 0.8123,
    classes,
    inputs: more.inputs ?? new Uint8Array(answers.length * size).map((_, i) => (i * 37) % 251),
    shape,
    labels: Int32Array.from(answers, ([label]) => label),
    predictions: Int32Array.from(answers, ([, prediction]) => prediction),
    probabilities: Float32Array.from(
      answers.flatMap(([, prediction, confidence]) =>
        classes.map((_, label) => (label === prediction ? confidence : (1 - confidence) / (classes.length - 1))),
      ),
    ),
    ...more,
  };
}
