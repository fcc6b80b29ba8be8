import { describe, expect, it } from '@jest/globals';
import { evaluationJson, evaluationText } from '../../../src/commands/terminal/evaluationText.js';
import { predictionJson, predictionLines, predictionText } from '../../../src/commands/terminal/predictionText.js';

const name = 'a\u001b[2J\u009b31m\n\u202eb\u007f';
const shown = 'a\\u001b[2J\\u009b31m\\n\\u202eb\\u007f';
const unprintable = /[\p{Cc}\p{Bidi_Control}]/u;
const prediction = {
  source: { file: name },
  trueClass: name,
  input: { shape: [1, 2, 2] as const, pixels: new Uint8Array(4), inverted: false },
  top: [
    { class: name, probability: 0.75 },
    { class: 'c', probability: 0.25 },
  ],
  unsure: false,
};

describe('a class name with control characters', () => {
  it('is cut and escaped in the text of a prediction: in the heading, beside the picture, and in a line', () => {
    const input = { ...prediction.input, shape: [1, 8, 2] as const, pixels: new Uint8Array(16) };
    const text = predictionText({ ...prediction, input }, 1);
    const cut = `${shown.slice(0, 19)}…`;
    expect(text.split(cut)).toHaveLength(4);
    expect(text).toContain(`${'c'.padEnd(20)}   25.00%`);
    const line = predictionLines([prediction], 80);
    expect(line.split(cut)).toHaveLength(2);
    for (const one of [text, line]) expect(unprintable.test(one.replaceAll('\n', ''))).toBe(false);
  });

  it('is escaped in the JSON of a prediction, which gives it back', () => {
    const json = predictionJson(prediction);
    expect(unprintable.test(json.slice(0, -1))).toBe(false);
    expect(JSON.parse(json)).toMatchObject({ file: name, class: name, trueClass: name, top: prediction.top });
  });

  it('is escaped in an evaluation: in the text as accuracies, rows and columns, and in the JSON, which gives it back', () => {
    const classes = ['c', name].map((one) => ({ name: one, images: 1, accuracy: 1 }));
    const confusionMatrix = [
      [1, 0],
      [0, 1],
    ];
    const result = { loss: 1, accuracy: 1, classes, confusionMatrix };
    const text = evaluationText(result);
    expect(text.split(shown)).toHaveLength(4);
    expect(unprintable.test(text.replaceAll('\n', ''))).toBe(false);
    const json = evaluationJson(result);
    expect(unprintable.test(json.slice(0, -1))).toBe(false);
    expect(JSON.parse(json)).toEqual({ event: 'evaluation', ...result });
  });
});
