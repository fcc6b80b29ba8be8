import { describe, expect, it } from '@jest/globals';
import { studyPage } from '../../src/pages/studyPage.js';
import { brightness, overhang, pagesInBrowser } from '../support/browser.js';
import { sampleStudy, sampleTrial } from '../support/sampleStudy.js';

const browser = pagesInBrowser();
const trials = [...Array.from({ length: 8 }, (_, i) => sampleTrial(i)), sampleTrial(8, 'failed', [])];
const html = studyPage(sampleStudy(trials));

describe('a study’s page in Chromium', () => {
  it('shows a trial that is pointed at in the table everywhere', async () => {
    const page = await browser.open(html);
    await page.locator('tr[data-trial="3"]').hover();
    const on = await page.locator('.on').evaluateAll((all) => all.map((one) => one.getAttribute('data-trial')));
    expect(new Set(on)).toEqual(new Set(['3']));
    expect(on.length).toBeGreaterThan(3);
  });

  it('sorts the table by the column whose head is clicked', async () => {
    const page = await browser.open(html);
    const first = () => page.locator('.trials tbody tr').first().getAttribute('data-trial');
    await page.locator('.trials th button', { hasText: /^trial$/ }).click();
    expect(await first()).toBe('8');
    await page.locator('.trials th button', { hasText: /^trial$/ }).click();
    expect(await first()).toBe('0');
  });

  it('is light on dark where the reader prefers that, and not wider than a window of 360 pixels', async () => {
    const page = await browser.open(html, { colorScheme: 'dark', viewport: { width: 360, height: 700 } });
    const [paper, ink] = await brightness(page);
    expect([paper < 40, ink > 220]).toEqual([true, true]);
    expect(await overhang(page)).toBe(0);
  });
});
