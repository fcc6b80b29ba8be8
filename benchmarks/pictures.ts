import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../__tests__/support/chromium.js';
import { originOf, serve } from '../__tests__/support/fileServer.js';

// Takes the README's pictures of a run's page, light, dark and on a telephone, and the demo's animation:
//   npm run demo && npm run pictures
// ffmpeg makes the animation. A run of 4 epochs comes first, which then stands faint behind the one in the pictures.

const dist = fileURLToPath(new URL('..', import.meta.url));
const results = fileURLToPath(new URL('../../benchmarks/results/', import.meta.url));
const run = promisify(execFile);
const common = ['--limit', '12000', '--batch-size', '50'];

/** Starts a run with a page, and waits for its address. */
async function startRun(folder: string) {
  const options = [...common, '--recipe', 'best', '--epochs', '5', '--page', '--out', 'garments'];
  const child = spawn(process.execPath, [join(dist, 'train.js'), ...options], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const [found] = /http:\S+/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, address };
}

const open = async (browser: Browser, address: string, options: BrowserContextOptions): Promise<Page> => {
  const page = await browser.newPage(options);
  await page.goto(address);
  return page;
};

async function takeRun(browser: Browser, folder: string): Promise<void> {
  const first = [...common, '--lr', '0.05', '--epochs', '4', '--out', 'first'];
  await run(process.execPath, [join(dist, 'train.js'), ...first], { cwd: folder });
  const { child, address } = await startRun(folder);
  const ended = once(child, 'exit');
  try {
    const viewport = { width: 1200, height: 1000 };
    const light = await open(browser, address, { viewport });
    const dark = await open(browser, address, { viewport, colorScheme: 'dark' });
    const telephone = await open(browser, address, { viewport: { width: 390, height: 1000 } });
    await light.locator('#epochs tbody tr').nth(3).waitFor({ timeout: 600_000 });
    await light.locator('.facts small', { hasText: /^step 1\d\d of/ }).waitFor({ timeout: 120_000 });
    await light.screenshot({ path: join(results, 'run.png') });
    await telephone.screenshot({ path: join(results, 'run-telephone.png') });
    await dark.getByRole('link', { name: /: Shirt, taken for T-shirt/ }).click();
    await dark.locator('.matrix').scrollIntoViewIfNeeded();
    await dark.screenshot({ path: join(results, 'run-dark.png') });
  } finally {
    child.kill('SIGINT');
    await ended;
  }
}

/** Toe on the left, as all of Fashion-MNIST's have it: lines from point to point, in shares of the pad's side. */
const shoe = [
  [0.05, 0.64, 0.95, 0.64],
  [0.1, 0.58, 0.95, 0.58],
  [0.35, 0.52, 0.92, 0.45],
  [0.5, 0.52, 0.92, 0.52],
] as const;

async function takeDemo(browser: Browser, folder: string): Promise<void> {
  const server = await serve(false, {}, join(dist, 'demo'));
  const settings = 'network=lenet5&lr=0.1&batch-size=20&epochs=3&limit=12000&seed=0';
  const page = await open(browser, `${originOf(server)}/index.html#${settings}`, {
    viewport: { width: 1000, height: 1000 },
  });
  await page.locator('#state', { hasText: 'Nothing is trained yet' }).waitFor();
  const frames = join(folder, 'frames');
  await mkdir(frames);
  let count = 0;
  const take = () => page.screenshot({ path: join(frames, `${String(count++).padStart(3, '0')}.png`) });
  await page.click('#start');
  await page.locator('#answer').waitFor();
  await page.locator('#pause').evaluate((pause) => pause.scrollIntoView({ block: 'start' }));
  const over = page.locator('#state', { hasText: 'Trained to the end' }).waitFor();
  let isOver = false;
  over.then(() => {
    isOver = true;
  });
  while (!isOver) await Promise.all([take(), page.waitForTimeout(300)]);
  await page.getByRole('button', { name: 'Clear' }).click();
  const box = await page.locator('#pad').boundingBox();
  if (!box) throw new Error('the pad is hidden');
  for (const [fromX, fromY, toX, toY] of shoe) {
    await page.mouse.move(box.x + fromX * box.width, box.y + fromY * box.height);
    await page.mouse.down();
    await page.mouse.move(box.x + toX * box.width, box.y + toY * box.height, { steps: 3 });
    await page.mouse.up();
    await page.waitForTimeout(300);
    await take();
  }
  for (let i = 0; i < 6; i++) await take();
  server.close();
  const palette = 'split[a][b];[a]palettegen=max_colors=48:stats_mode=diff[p];[b][p]paletteuse=dither=none';
  const files = ['-framerate', '10/3', '-i', join(frames, '%03d.png')];
  await run('ffmpeg', ['-y', '-v', 'error', ...files, '-vf', palette, join(results, 'demo.gif')]);
}

const folder = await mkdtemp(join(tmpdir(), 'heddle-pictures-'));
const browser = await launchBrowser();
try {
  await takeRun(browser, folder);
  await takeDemo(browser, folder);
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
