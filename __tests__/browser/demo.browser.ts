import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from 'fast-png';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import { encodeModel } from '../../src/network/modelBytes.js';
import { Sequential } from '../../src/network/sequential.js';
import { lenet5 } from '../../src/networks/lenet5.js';
import { brightness, overhang } from '../support/browser.js';
import { launchBrowser } from '../support/chromium.js';
import { jsonLines, runCommand, temporaryFolder } from '../support/command.js';
import { originOf, serve } from '../support/fileServer.js';

const folder = temporaryFolder();
const troubles: string[] = [];
let browser: Browser;
let host: Server;

beforeAll(async () => {
  const build = fileURLToPath(new URL('../../demo/build.mjs', import.meta.url));
  // In a folder of its host, which sets no headers.
  await promisify(execFile)(process.execPath, [build, join(folder.path, 'site/demo')]);
  host = await serve(false, {}, join(folder.path, 'site'));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  host?.close();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  expect(troubles.splice(0)).toEqual([]);
});

/** The demo in a new browser's profile. What it must not do is in `troubles` then. */
async function open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${originOf(host)}/demo/`))
      troubles.push(request.url());
  });
  await page.goto(`${originOf(host)}/demo/index.html#${hash}`);
  await page.locator('#state', { hasText: 'Nothing is trained yet' }).waitFor();
  return page;
}

async function train(page: Page): Promise<void> {
  await page.click('#start');
  await page.locator('#state', { hasText: 'Trained to the end' }).waitFor({ timeout: 150_000 });
}

const hashOf = (page: Page) => page.locator('#hash pre').first().textContent();

/** What Node has for the command that the page shows. */
async function hashOfNode(page: Page, out: string): Promise<unknown> {
  const command = (await page.locator('#hash pre').last().textContent()) ?? '';
  const options = command.split(' ').slice(2);
  const { stdout } = await runCommand('train', [...options, '--out', join(folder.path, out)], folder.path);
  return jsonLines(stdout).findLast(({ weightsHash }) => weightsHash)?.weightsHash;
}

/** Draws lines, each from point to point, in shares of the pad's side. */
async function draw(page: Page, lines: readonly (readonly (readonly [number, number])[])[]): Promise<void> {
  await page.locator('#pad').scrollIntoViewIfNeeded();
  const box = await page.locator('#pad').boundingBox();
  if (!box) throw new Error('the pad is hidden');
  for (const [first, ...others] of lines) {
    const move = ([x, y]: readonly [number, number]) => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await move(first);
    await page.mouse.down();
    for (const point of others) await move(point);
    await page.mouse.up();
  }
  await frame(page);
}

/** Drops a file on the page. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([fileName, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(content), (text) => text.charCodeAt(0))], fileName));
      return transfer;
    },
    [name, Buffer.from(bytes).toString('base64')] as const,
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer });
}

/** Waits until the page has shown what it knows. */
const frame = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** Toe on the left, as all of Fashion-MNIST's have it. */
const shoe = [
  [
    [0.05, 0.64],
    [0.95, 0.64],
  ],
  [
    [0.1, 0.58],
    [0.95, 0.58],
  ],
  [
    [0.35, 0.52],
    [0.6, 0.45],
    [0.92, 0.45],
  ],
  [
    [0.5, 0.52],
    [0.92, 0.52],
  ],
] as const;

describe('the demo in Chromium', () => {
  it('trains to 80% of Fashion-MNIST’s test images, to Node’s bits, and takes a drawn shoe for one', async () => {
    const page = await open('network=lenet5&lr=0.1&batch-size=20&epochs=3&limit=6000&seed=0');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true); // by its service worker
    await train(page);
    expect(Number.parseFloat((await page.locator('.figure').textContent()) ?? '')).toBeGreaterThan(80);
    expect(await hashOf(page)).toBe(await hashOfNode(page, 'eighty'));
    await draw(page, shoe);
    expect(['Sneaker', 'Sandal', 'Ankle boot']).toContain(await page.locator('#verdict').textContent());
  });

  it('has the same bits with 1 and 2 workers, and on one thread where nothing isolates it, which it says', async () => {
    const settings = 'lr=0.1&batch-size=50&epochs=1&limit=500&seed=7';
    const hashes: unknown[] = [];
    for (const [workers, serviceWorkers] of [
      [1, 'allow'],
      [2, 'allow'],
      [2, 'block'],
    ] as const) {
      const page = await open(`${settings}&workers=${workers}`, { serviceWorkers });
      const isIsolated = serviceWorkers === 'allow';
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isIsolated);
      expect(await page.locator('#threads', { hasText: 'heddle trains on one thread' }).isVisible()).toBe(!isIsolated);
      await train(page);
      expect(await page.locator('.facts').textContent()).toContain(
        isIsolated && workers === 2 ? '2 workers' : '1 worker',
      );
      if (hashes.length === 0) hashes.push(await hashOfNode(page, 'same'));
      hashes.push(await hashOf(page));
    }
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(hashes).size).toBe(1);
  });

  it('pauses, goes on and stops, and a second training begins anew, the first one behind it', async () => {
    const page = await open('lr=0.1&batch-size=20&epochs=50&limit=6000');
    await page.click('#start');
    const step = page.locator('.facts small', { hasText: /^step [1-9]/ });
    await step.waitFor();
    await page.click('#pause');
    await page.locator('#state', { hasText: /^Paused after/ }).waitFor();
    let paused: string | null = '';
    let rests = false;
    for (let i = 0; i < 20 && !rests; i++) {
      paused = await step.textContent();
      await page.waitForTimeout(500);
      rests = (await step.textContent()) === paused;
    }
    expect(rests).toBe(true);
    await page.click('#pause');
    await page.waitForFunction((before) => !document.body.textContent?.includes(before), paused ?? '');
    await page.click('#stop');
    await page.locator('#state', { hasText: /^Stopped after/ }).waitFor();
    await page.fill('[name=limit]', '100');
    await page.fill('[name=epochs]', '1');
    await train(page);
    expect(page.url()).toContain('limit=100');
    expect(await page.locator('.facts').textContent()).toContain('100 training images');
    await page.fill('[name=lr]', '0.2');
    await train(page);
    expect(await page.locator('#loss .legend').textContent()).toContain('lenet5, learning rate 0.1, test');
  });

  it('saves weights that give the same answers when they are dropped on a page', async () => {
    const page = await open('lr=0.1&batch-size=20&epochs=1&limit=500');
    await train(page);
    await page.fill('#test', '17');
    await page.press('#test', 'Enter');
    await page.locator('#shown', { hasText: 'Test picture 17 is of: Coat' }).waitFor();
    await frame(page);
    const answers = await page.locator('#probabilities').textContent();
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const file = join(folder.path, 'model.safetensors');
    await download.saveAs(file);
    const other = await open('');
    await other.fill('#test', '17');
    await other.press('#test', 'Enter');
    await drop(other, 'model.safetensors', readFileSync(file));
    await other.locator('#asked', { hasText: 'Answers of model.safetensors' }).waitFor();
    await other.locator('#answer').waitFor();
    expect(await other.locator('#probabilities').textContent()).toBe(answers);
    expect(await other.locator('#strips canvas').count()).toBe(6 + 16);
  });

  it('takes a picture with a light background for one on black, as its data are', async () => {
    const page = await open('');
    const model = new Model(lenet5(), { inputShape: [1, 28, 28], batchSize: 1 });
    await drop(page, 'model.safetensors', encodeModel(model));
    const pixels = Uint8Array.from({ length: 60 * 40 }, (_, i) => (Math.abs((i % 60) - 30) < 10 ? 40 : 230));
    await drop(page, 'photo.png', encode({ width: 60, height: 40, channels: 1, depth: 8, data: pixels }));
    await page.locator('#shown', { hasText: 'photo.png' }).waitFor();
    await page.locator('#answer').waitFor();
    const greys = await page.locator('#input').evaluate((canvas) => {
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      return [0, 14].map((x) => context?.getImageData(x, 14, 1, 1).data[0]);
    });
    expect(greys).toEqual([255 - 230, 255 - 40]);
  });

  it('says a sentence of a file that is no picture and no model, and puts no text of theirs into the page as HTML', async () => {
    const page = await open('lr=%3Cimg%20src=x%3E');
    const said = page.locator('#said');
    expect(await said.textContent()).toBe("lr: expected a number, found '<img src=x>'");
    expect(await page.inputValue('[name=lr]')).toBe('0.1');
    await drop(page, '<img src=x>.png', Buffer.from('no picture'));
    await said.filter({ hasText: "'<img src=x>.png': expected a picture" }).waitFor();
    await drop(page, '<img src=x>.safetensors', Buffer.from('no model'));
    await said.filter({ hasText: '<img src=x>.safetensors: ' }).waitFor();
    const model = new Model(new Sequential([new Flatten(), new Linear(784, 2)]), {
      inputShape: [1, 28, 28],
      batchSize: 1,
    });
    await drop(page, 'weights.safetensors', encodeSafetensors(model.stateDict()));
    await said.filter({ hasText: 'weights.safetensors: expected a model.safetensors of heddle' }).waitFor();
    const classes = ['<img src=x onerror=alert(1)>', 'other'];
    await drop(page, '<b>.safetensors', encodeModel(model, { classes }));
    await draw(page, shoe);
    expect(await page.locator('#asked').textContent()).toBe('Answers of <b>.safetensors');
    expect(await page.locator('#probabilities').textContent()).toContain(classes[0]);
    expect(await page.locator('#answer img, #answer b, #said img').count()).toBe(0);
  });

  it('says why a training that has gone astray is over', async () => {
    const page = await open('lr=1e30&limit=100');
    await page.click('#start');
    await page.locator('#said', { hasText: 'the loss' }).waitFor();
    await page.locator('#state', { hasText: 'Stopped after' }).waitFor();
    expect(await page.locator('#start').isVisible()).toBe(true);
  });

  it.each([360, 800, 1600])(
    'is used by keys alone, in the dark, in a window of %i pixels that it is not wider than',
    async (width) => {
      const page = await open('lr=0.1&batch-size=50&epochs=1&limit=500', {
        viewport: { width, height: 900 },
        colorScheme: 'dark',
      });
      const [paper, ink] = await brightness(page);
      expect([paper < 40, ink > 220]).toEqual([true, true]);
      const focused = () => page.evaluate(() => document.activeElement?.id);
      const to = async (id: string) => {
        while ((await focused()) !== id) await page.keyboard.press('Tab');
      };
      await to('start');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.id === 'pause');
      await page.locator('#state', { hasText: 'Trained to the end' }).waitFor();
      expect(await focused()).toBe('start');
      await page.locator('#shown', { hasText: 'Test picture 0 is of: Ankle boot' }).waitFor();
      await to('test');
      await page.keyboard.press('ArrowUp');
      await page.locator('#shown', { hasText: 'Test picture 1 is of: Pullover' }).waitFor();
      await page.locator('#answer').waitFor();
      expect(await overhang(page)).toBe(0);
    },
  );
});
