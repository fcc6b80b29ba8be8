import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './chromium.js';
import { type Files, originOf, serve } from './fileServer.js';

/** All of heddle that a page has. */
export type Heddle = typeof import('../../dist/index.js') & typeof import('../../dist/web.js');

export const builtForBrowsers = fileURLToPath(new URL('../../dist/browser', import.meta.url));

/** Empty pages in a real browser, from a server that has heddle's files for browsers. */
export function servedPages(files: Files = {}): {
  open(isolated: boolean, more?: Files): Promise<Page>;
  /** What the pages of a test have said on the console. */
  readonly said: readonly string[];
} {
  let browser: Browser;
  const servers: Server[] = [];
  const said: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const server of servers.splice(0)) server.close();
    said.splice(0);
  });
  return {
    async open(isolated, more) {
      const server = await serve(
        isolated,
        { 'page.html': '<!doctype html>', 'favicon.ico': '', ...files, ...more },
        builtForBrowsers,
      );
      servers.push(server);
      const page = await browser.newPage();
      page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => said.push(`error: ${error.message}`));
      await page.goto(`${originOf(server)}/page.html`);
      return page;
    },
    said,
  };
}

/** Runs a function in a page, to which it goes as text, with heddle and settings. */
export function runInPage<Settings, Outcome>(
  page: Page,
  run: (heddle: Heddle, settings: Settings) => Promise<Outcome>,
  settings: Settings,
): Promise<Outcome> {
  const heddle = "{ ...(await import('/index.js')), ...(await import('/web.js')) }";
  return page.evaluate<Outcome>(`(async () => (${run})(${heddle}, ${JSON.stringify(settings)}))()`);
}
