import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { evaluationPage } from '../../src/pages/evaluationPage.js';
import { brightness, overhang, pagesInBrowser } from '../support/browser.js';
import { type SampleAnswer, sampleAnswers, sampleEvaluation } from '../support/sampleEvaluation.js';

const browser = pagesInBrowser();
const html = evaluationPage(sampleEvaluation());

/** What a person sees of the cells' pictures: the heading, and the names under the pictures. */
async function shown(page: Page): Promise<[string | null, string[]]> {
  const panel = page.locator('.cell-pictures:visible');
  return [await panel.locator('h3').textContent(), await panel.locator('.name').allInnerTexts()];
}

const cell = (page: Page, name: string) => page.locator(`.matrix a[href="#${name}"]`);
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('href') ?? '');

describe('an evaluation’s page in Chromium', () => {
  it('shows the pictures of the fullest confusion, all of its pictures decoded', async () => {
    const page = await browser.open(html);
    expect(await shown(page)).toEqual(['circle, taken for square', ['picture 4', 'picture 1', 'picture 5']]);
    const sizes = await page.locator('img').evaluateAll((images) =>
      Promise.all(
        (images as HTMLImageElement[]).map(async (image) => {
          await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        }),
      ),
    );
    expect(sizes.length).toBe(4 + 8);
    for (const size of sizes) expect(size).toEqual([6, 4]);
  });

  it('shows exactly a cell’s pictures when it is clicked', async () => {
    const page = await browser.open(html);
    await cell(page, 'cell-2-2').click();
    expect(await shown(page)).toEqual(['triangle, named rightly', ['picture 6', 'picture 7']]);
    await cell(page, 'cell-2-0').click();
    expect(await shown(page)).toEqual(['triangle, taken for circle', ['picture 3']]);
    expect(await page.locator('.matrix [aria-current]').getAttribute('href')).toBe('#cell-2-0');
  });

  it('is used by keys: Tab comes to the chosen cell, arrows go to the next with pictures, Enter keeps it', async () => {
    const page = await browser.open(html);
    await page.keyboard.press('Tab');
    while (!(await focused(page)).startsWith('#cell')) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('#cell-0-1');
    await page.keyboard.press('ArrowLeft');
    expect(await shown(page)).toEqual(['circle, named rightly', ['picture 0']]);
    await page.keyboard.press('ArrowDown'); // over the empty cell
    expect(await focused(page)).toBe('#cell-2-0');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight'); // at the end of the row
    await page.keyboard.press('Enter');
    expect(await shown(page)).toEqual(['triangle, named rightly', ['picture 6', 'picture 7']]);
    await page.keyboard.press('Tab');
    expect(await focused(page)).not.toMatch(/^#cell/);
  });

  it('begins with the cell that its address names', async () => {
    const page = await browser.open(html, { hash: '#cell-1-1' });
    expect(await shown(page)).toEqual(['square, named rightly', ['picture 2']]);
  });

  it('without JavaScript shows the same, and a cell is a link to its pictures', async () => {
    const page = await browser.open(html, { javaScriptEnabled: false });
    expect((await shown(page))[0]).toBe('circle, taken for square');
    await cell(page, 'cell-2-2').click();
    expect(await shown(page)).toEqual(['triangle, named rightly', ['picture 6', 'picture 7']]);
  });

  it('is dark on light, or light on dark where the reader prefers that', async () => {
    const [paper, ink] = await brightness(await browser.open(html, { colorScheme: 'light' }));
    expect([paper > 240, ink < 40]).toEqual([true, true]);
    const [darkPaper, lightInk] = await brightness(await browser.open(html, { colorScheme: 'dark' }));
    expect([darkPaper < 40, lightInk > 220]).toEqual([true, true]);
  });

  const thousand = Array.from({ length: 1000 }, (_, label) => `class ${label} of a name that is rather long`);
  const spread = Array.from({ length: 60 }, (_, i): SampleAnswer => [i * 7, (i * 13) % 1000, 0.5]);
  it.each<[string, string]>([
    ['2 classes', evaluationPage(sampleEvaluation([[0, 1, 0.9]], { classes: ['cat', 'dog'] }))],
    ['3 classes without a mistake', evaluationPage(sampleEvaluation(sampleAnswers.map(([a]) => [a, a, 0.9])))],
    ['1,000 classes', evaluationPage(sampleEvaluation(spread, { classes: thousand, title: 'long/'.repeat(60) }))],
  ])('of %s is not wider than a window of 360, 800 or 1,280 pixels', async (_, text) => {
    for (const width of [360, 800, 1280]) {
      const page = await browser.open(text, { viewport: { width, height: 700 } });
      expect([width, await overhang(page)]).toEqual([width, 0]);
    }
  });
});
