import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';

import { decodeImage } from '../../src/data/decode/decodeImage.js';
import { evaluationPage } from '../../src/pages/evaluationPage.js';
import type { EvaluationPageData } from '../../src/pages/evaluationView.js';
import { type SampleAnswer, sampleAnswers, sampleEvaluation } from '../support/sampleEvaluation.js';

/** The page without its script and style. */
const body = (data: EvaluationPageData) => evaluationPage(data).replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
const plain = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

/** The pictures' names in a cell's panel, as they follow each other. */
const namesIn = (page: string, cell: string) => {
  const [, panel = ''] = new RegExp(`<section id="${cell}"([\\s\\S]*?)</section>`).exec(page) ?? [];
  return [...panel.matchAll(/class="soft name"[^>]*>([^<]*)</g)].map(([, name]) => name);
};

const right: SampleAnswer[] = sampleAnswers.map(([label, , confidence]) => [label, label, confidence]);
const repeated = (times: number) => Array.from({ length: times }, () => sampleAnswers).flat();
const thousand = Array.from({ length: 1000 }, (_, label) => `class ${label}`);

describe('an evaluation’s page', () => {
  it.each<[string, EvaluationPageData]>([
    ['of eight pictures', sampleEvaluation()],
    ['of one picture', sampleEvaluation([[0, 1, 0.9]])],
    ['without a mistake', sampleEvaluation(right)],
    ['of nothing but mistakes', sampleEvaluation([[0, 1, 0.4]])],
    ['of 1,000 classes', sampleEvaluation(sampleAnswers, { classes: thousand })],
    [
      'of two classes',
      sampleEvaluation(
        [
          [0, 0, 0.6],
          [1, 0, 0.8],
        ],
        { classes: ['cat', 'dog'] },
      ),
    ],
    ['of grey pictures', sampleEvaluation(sampleAnswers, { shape: [1, 4, 6] })],
  ])('%s shows no NaN, Infinity or undefined, and each cell’s link has its panel', (_, data) => {
    const page = body(data);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    const links = [...page.matchAll(/<a href="#(cell-\d+-\d+)"/g)].map(([, cell]) => cell);
    const panels = [...page.matchAll(/<section id="(cell-\d+-\d+)"/g)].map(([, cell]) => cell);
    expect(links.toSorted()).toEqual(panels.toSorted());
    expect(links.length).toBeGreaterThan(0);
  });

  it('has accuracy with its interval, mistakes, the mean of the classes, the loss and the calibration error', () => {
    const text = plain(body(sampleEvaluation()));
    expect(text).toContain('50.00%');
    expect(text).toContain('21.5% to 78.5%');
    expect(text).toMatch(/mistakes 4 /);
    expect(text).toMatch(/mean of the classes 63\.89%/);
    expect(text).toMatch(/loss 0\.8123/);
    expect(text).toMatch(/Expected calibration error: 45\.75%/);
  });

  it('shows a cell’s pictures and no others, the surest mistakes first, by file where there are files', () => {
    const page = body(sampleEvaluation());
    expect(namesIn(page, 'cell-0-1')).toEqual(['picture 4', 'picture 1', 'picture 5']);
    const files = sampleAnswers.map((_, i) => `folder/${i}.png`);
    expect(namesIn(body(sampleEvaluation(sampleAnswers, { files })), 'cell-2-2')).toEqual(['6.png', '7.png']);
  });

  it('has pictures as PNG files, to the pixel, and larger ones than 96 pixels made smaller', () => {
    const data = sampleEvaluation();
    const pngs = (page: string) =>
      [...page.matchAll(/src="data:image\/png;base64,([^"]*)"/g)].map(([, text]) =>
        decodeImage(Buffer.from(text, 'base64')),
      );
    const [first] = pngs(body(data)); // picture 4, in the cell with most mistakes
    expect([first.width, first.height, first.channels]).toEqual([6, 4, 3]);
    const planes = data.inputs.subarray(4 * 72, 5 * 72);
    expect(Array.from(first.pixels)).toEqual(Array.from(planes, (_, i) => planes[(i % 3) * 24 + Math.floor(i / 3)]));
    const [large] = pngs(body(sampleEvaluation([[0, 1, 0.9]], { shape: [1, 100, 200] })));
    expect([large.width, large.height]).toEqual([96, 48]);
  });

  it('says that there is no mistake, and shows what was least sure', () => {
    const page = body(sampleEvaluation(right));
    expect(plain(page)).toContain('Not one mistake');
    const [, examples] = page.split('examples-part');
    expect(/class="soft name"[^>]*>([^<]*)</.exec(examples)?.[1]).toBe('picture 5');
  });

  it('has at most 24 pictures of a cell, and is smaller than 10 MB with 800 of the noisiest', () => {
    expect(namesIn(body(sampleEvaluation(repeated(10))), 'cell-0-1')).toHaveLength(24);
    const classes = Array.from({ length: 20 }, (_, label) => `class ${label}`);
    const many = Array.from({ length: 800 }, (_, i): SampleAnswer => [i % 20, Math.floor(i / 40), 0.5]);
    const shape = [3, 96, 96];
    const inputs = createHash('shake256', { outputLength: 800 * 3 * 96 * 96 }).digest();
    const page = evaluationPage(sampleEvaluation(many, { classes, shape, inputs }));
    expect(page.length).toBeLessThan(10_000_000);
    expect(page.length).toBeGreaterThan(5_000_000);
    expect(plain(page)).toMatch(/\d+ of 800 pictures are in this file/);
  });

  it('is harmless whatever names are', () => {
    const evil = `</script></style><img src="x" onerror='alert(1)'><script>&quot;`;
    const files = sampleAnswers.map((_, i) => `${evil}${i}\u202e`);
    const classes = ['a', 'b', 'c'].map((name) => name + evil);
    const page = evaluationPage(
      sampleEvaluation(sampleAnswers, { title: evil, data: evil, created: evil, classes, files }),
    );
    expect(page).not.toMatch(/<img src="x"|onerror='|\u202e/);
    expect(count(page, /<\/?script/g)).toBe(2);
    expect(count(page, /<\/?style>/g)).toBe(2);
  });

  it('loads nothing: no address, no file, no import, and a policy that forbids it', () => {
    const page = evaluationPage(sampleEvaluation());
    expect(page).not.toMatch(/https?:|\bsrc="(?!data:image\/png;base64,)|url\(|@import|<link|\bfetch\(|XMLHttpRequest/);
    expect(count(page, /href="(?!#)/g)).toBe(0);
    expect(page).toContain(
      `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`,
    );
  });

  it('has its script and style, words for each picture and plot, and the same bytes each time', () => {
    const page = evaluationPage(sampleEvaluation());
    expect(page).toContain('classList.add("scripted")');
    expect(page).toContain('prefers-color-scheme: dark');
    expect(count(page, /<img (?![^>]*alt="[^"]+")/g)).toBe(0);
    expect(count(page, /<svg class="plot"(?! [^>]*aria-label="[^"]+")/g)).toBe(0);
    expect(evaluationPage(sampleEvaluation())).toBe(page);
  });
});
