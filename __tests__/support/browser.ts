import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './chromium.js';

/** A real browser for the tests of a file. After each of them the pages that it opened have asked for nothing but themselves, or
 * what is below the address that was visited, and said nothing on the console. */
export function pagesInBrowser(): {
  open(html: string, options?: BrowserContextOptions & { hash?: string }): Promise<Page>;
  visit(address: string, options?: BrowserContextOptions): Promise<Page>;
} {
  let browser: Browser;
  let folder: string;
  const troubles: string[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-browser-'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(troubles.splice(0)).toEqual([]);
  });
  const newPage = async (mayAsk: (url: string) => boolean, options: BrowserContextOptions): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith('data:') && !mayAsk(url)) troubles.push(url);
    });
    return page;
  };
  return {
    open: async (html, { hash = '', ...options } = {}) => {
      const file = join(folder, 'page.html');
      writeFileSync(file, html);
      const address = pathToFileURL(file).href;
      const page = await newPage((url) => url === address, options);
      await page.goto(address + hash);
      return page;
    },
    visit: async (address, options = {}) => {
      const page = await newPage((url) => url.startsWith(address), options);
      await page.goto(address);
      return page;
    },
  };
}

/** How many pixels the page is wider than its window. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The brightness of the paper and of the ink, from 0 to 255. */
export const brightness = (page: Page): Promise<number[]> =>
  page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [backgroundColor, color].map((text) => Math.max(...(text.match(/\d+/g) ?? []).slice(0, 3).map(Number)));
  });
