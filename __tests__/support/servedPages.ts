import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.js';

/** All of heddle that a page has. */
export type Heddle = typeof import('../../dist/index.js') & typeof import('../../dist/web.js');

/** Texts and bytes by their names; undefined for a file that is not there. */
type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

export const builtForBrowsers = fileURLToPath(new URL('../../dist/browser', import.meta.url));
const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', gz: 'application/gzip' };
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Serves what stands in a folder, and other files, as any server of files does.
 * @param isolated whether with the headers that isolate pages */
export async function serve(isolated: boolean, files: Files, folder = builtForBrowsers): Promise<Server> {
  const contentOf = (name: string) => {
    if (name in files) return files[name];
    return existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined;
  };
  const server = createServer(({ url = '' }, response) => {
    const name = url.slice(1);
    const type = types[name.split('.').at(-1) as keyof typeof types] ?? 'application/octet-stream';
    const content = contentOf(name);
    response.writeHead(content === undefined ? 404 : 200, { 'Content-Type': type, ...(isolated ? isolation : {}) });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

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
      const server = await serve(isolated, { 'page.html': '<!doctype html>', 'favicon.ico': '', ...files, ...more });
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
