import { describe, expect, it } from '@jest/globals';
import { evaluationJson, evaluationText } from '../../../src/commands/terminal/evaluationText.js';
import { predictionJson, predictionText } from '../../../src/commands/terminal/predictionText.js';

const name = 'a\u001b[2J\u009b31m\n\u202eb\u007f';
const shown = 'a\\u001b[2J\\u009b31m\\n\\u202eb\\u007f';
const unprintable = /[\p{Cc}\p{Bidi_Control}]/u;
const prediction = {
  source: { image: 'image.png' },
  input: { height: 2, width: 2, channels: 1 as const, pixels: new Uint8Array(4), inverted: false },
  classes: [
    { name: 'c', probability: 0.25 },
    { name, probability: 0.75 },
  ],
};

describe('a class name with control characters', () => {
  it('is escaped in the text of a prediction, in the heading and beside the picture', () => {
    const text = predictionText(
      { ...prediction, input: { ...prediction.input, height: 8, pixels: new Uint8Array(16) } },
      1,
    );
    expect(text.split(shown)).toHaveLength(3);
    expect(unprintable.test(text.replaceAll('\n', ''))).toBe(false);
    expect(text).toContain(`${'c'.padEnd(shown.length)}   25.00%`);
  });

  it('is escaped in the JSON of a prediction, which gives it back', () => {
    const json = predictionJson(prediction);
    expect(unprintable.test(json.slice(0, -1))).toBe(false);
    expect(JSON.parse(json)).toMatchObject({ label: name, probabilities: { [name]: 0.75 } });
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
