import { describe, expect, it } from '@jest/globals';
import { evaluationText } from '../../../src/commands/terminal/evaluationText.js';
import { confusions } from '../../../src/pages/evaluationStatistics.js';

/** The text of so many classes of two images each, of which one is taken for the next class in every tenth. */
function textOf(names: readonly string[]): string[] {
  const labels = Int32Array.from({ length: 2 * names.length }, (_, i) => i >> 1);
  const predictions = labels.map((label, i) => (i % 2 === 1 && label % 10 === 3 ? (label + 1) % names.length : label));
  const right = labels.filter((label, i) => label === predictions[i]).length;
  const result = confusions(labels, predictions, names);
  return evaluationText({ loss: 0.5, accuracy: right / labels.length, ...result }).split('\n');
}

describe('the text of an evaluation', () => {
  it('of 20 classes is a matrix in 80 columns, headed by numbers, and of 4 by names', () => {
    const lines = textOf(Array.from({ length: 20 }, (_, label) => `a class ${label}`));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}19 a class 19( +0){19} +2$/));
    expect(textOf(['ant', 'bee', 'cat', 'dog'])).toContainEqual(expect.stringMatching(/^ +ant {2}bee {2}cat {2}dog$/));
  });

  it('of 20 classes with too many images for 80 columns is a list', () => {
    const labels = Int32Array.from({ length: 22_000 }, (_, i) => i % 20);
    const names = Array.from({ length: 20 }, (_, label) => `a class ${label}`);
    const lines = evaluationText({ loss: 0, accuracy: 1, ...confusions(labels, labels, names) }).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toContain('no confusions');
  });

  it('of 1,000 classes is at most 60 lines: the lowest accuracies and the most frequent confusions', () => {
    const lines = textOf(Array.from({ length: 1000 }, (_, label) => `class ${label}`));
    expect(lines.length).toBeLessThan(60);
    expect(lines).toContain('accuracy by class, the 20 lowest of 1000');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}class 3 +50\.00%$/));
    expect(lines).toContain('the most frequent of 100 confusions');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}class 13 +taken for class 14: 1$/));
  });

  it('shows names as a terminal may, long ones cut, and a class without images as such', () => {
    const result = confusions(Int32Array.of(0), Int32Array.of(0), [`\x1b[31m${'x'.repeat(80)}`, 'none']);
    const text = evaluationText({ loss: 1, accuracy: 1, ...result });
    expect(text).toContain('\\u001b[31mx');
    expect(text).not.toMatch(/x{25}/);
    expect(text).toMatch(/none +no images/);
  });
});
