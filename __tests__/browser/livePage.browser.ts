import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { brightness, overhang, pagesInBrowser } from '../support/browser.js';
import { commandPath, startProcess, temporaryFolder } from '../support/command.js';
import { addressOf, hostileRun, injection } from '../support/hostileRun.js';

const temporary = temporaryFolder();
const browser = pagesInBrowser();
const run = `run ${injection}`;
const at = (...names: string[]) => join(temporary.path, ...names);

const children: ChildProcessWithoutNullStreams[] = [];
function start(command: 'train' | 'view', ...args: string[]): ChildProcessWithoutNullStreams {
  const child = startProcess(process.execPath, [commandPath(command), ...args], temporary.path);
  children.push(child);
  return child;
}

let training: ChildProcessWithoutNullStreams;
let address: string;
beforeAll(async () => {
  const options = await hostileRun(temporary.path);
  training = start('train', ...options, '--page', '--epochs', '1000000', '--out', run);
  address = await addressOf(training);
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const state = (page: Page) => page.locator('#state');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const rows = (page: Page) => page.locator('#epochs tbody tr');
const steps = (page: Page) => page.locator('.facts div', { has: page.locator('dt', { hasText: /^epoch$/ }) });
/** How many pixels of a chart are neither clear nor grey, as its axes are. */
const colouredPixels = (page: Page, chart: string) =>
  page.locator(`#${chart} canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(
      0,
      0,
      canvas.width,
      canvas.height,
    );
    return data.filter((_, i) => i % 4 === 0 && data[i + 3] > 0 && Math.abs(data[i] - data[i + 2]) > 60).length;
  });

/** Waits until the page shows an epoch, and the run at rest. */
async function paused(page: Page): Promise<void> {
  await rows(page).first().waitFor();
  if (await button(page, 'Pause').isVisible()) await button(page, 'Pause').click();
  await state(page).getByText('paused').waitFor();
}

describe('the page of a run in Chromium', () => {
  it('shows its curves, filters, norms, confusions and mistakes, and names as they are', async () => {
    const page = await browser.visit(address);
    await paused(page);
    for (const chart of ['accuracy', 'loss', 'rate']) {
      await page.locator(`#${chart} canvas`).waitFor();
      expect(await colouredPixels(page, chart)).toBeGreaterThan(100);
    }
    expect(await page.locator('#filters canvas').count()).toBe(8);
    expect(await page.locator('#norms tbody tr').count()).toBe(4);
    expect(await page.locator('h1').textContent()).toBe(run);
    expect(await page.locator('.matrix [scope="col"]').first().textContent()).toContain('script>document.title=2<');
    const mistakes = page.locator('#mistakes img');
    expect(await mistakes.count()).toBeGreaterThan(0);
    expect(await mistakes.evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth > 0))).toBe(
      true,
    );
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    expect(await page.title()).toBe(run);
  });

  it('has all that was when it is loaded again, or opened a second time', async () => {
    const page = await browser.visit(address);
    await paused(page);
    const texts = () => page.locator('#headline, #epochs, #norms, #confusions').allTextContents();
    const before = await texts();
    await page.reload();
    await state(page).getByText('paused').waitFor();
    expect(await texts()).toEqual(before);
    expect(await colouredPixels(page, 'loss')).toBeGreaterThan(100);
  });

  it('goes one step, and stays paused', async () => {
    const page = await browser.visit(address);
    await paused(page);
    const stepsDone = async () => {
      const [, step] = /step (\d) of 6/.exec((await steps(page).textContent()) ?? '') ?? [];
      return Number(step);
    };
    const before = await stepsDone();
    await button(page, 'One step').click();
    const after = (before % 6) + 1;
    await steps(page).getByText(`step ${after} of 6`).waitFor();
    expect(await button(page, 'Go on').isVisible()).toBe(true);
  });

  it('changes the learning rate with the next step, which the run’s folder keeps, and not to what is none', async () => {
    const page = await browser.visit(address);
    await paused(page);
    const rate = page.getByRole('spinbutton', { name: 'Learning rate' });
    expect(await rate.inputValue()).toBe('0.005');
    await rate.fill('-1');
    await button(page, 'Change').click();
    expect(await page.locator('#controls :invalid').count()).toBe(1);
    await rate.fill('0.0025');
    await button(page, 'Change').click();
    await page.getByText('0.0025 from the next step on').waitFor();
    expect(existsSync(at(run, 'changes.jsonl'))).toBe(false);
    await button(page, 'One step').click();
    await button(page, 'One step').click();
    await page.locator('#rate .legend').getByText('0.0025').waitFor();
    expect(readFileSync(at(run, 'changes.jsonl'), 'utf8')).toMatch(/^\{"stepsDone":\d+,"learningRate":0.0025\}\n$/);
  });

  it('is used by keys: arrows go along a curve and from cell to cell', async () => {
    const page = await browser.visit(address);
    await paused(page);
    await page.locator('#loss .content').focus();
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
    await page.locator('#loss .legend').getByText('epoch').waitFor();
    await page.locator('.matrix [aria-current]').focus();
    const before = await page.locator('.cell-pictures:visible h3').textContent();
    for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown']) {
      await page.keyboard.press(key);
      if ((await page.locator('.cell-pictures:visible h3').textContent()) !== before) return;
    }
    throw new Error('no key has left the cell');
  });

  it.each(['light', 'dark'] as const)(
    'in %s is not wider than a window of 360, 800, 1,280 or 1,600 pixels',
    async (colorScheme) => {
      for (const width of [360, 800, 1280, 1600]) {
        const page = await browser.visit(address, { colorScheme, viewport: { width, height: 700 } });
        await paused(page);
        expect([width, await overhang(page)]).toEqual([width, 0]);
        const [paper, ink] = await brightness(page);
        expect(colorScheme === 'light' ? paper > 240 && ink < 40 : paper < 40 && ink > 220).toBe(true);
      }
    },
  );

  it('lets the run go on, and stops it, which saves a checkpoint and says how to see it again', async () => {
    const page = await browser.visit(address);
    await paused(page);
    await button(page, 'Go on').click();
    await state(page).getByText('going on').waitFor();
    const ended = once(training, 'exit');
    await button(page, 'Stop and save').click();
    await state(page).getByText('stopped before its end').waitFor();
    expect(await ended).toEqual([130, null]);
    expect(existsSync(at(run, 'checkpoint.safetensors'))).toBe(true);
    expect(await page.locator('#controls').isVisible()).toBe(false);
    expect(await colouredPixels(page, 'loss')).toBeGreaterThan(100);
  });
});

describe('heddle view in Chromium', () => {
  it('shows a run that is over, and several side by side, without a control', async () => {
    for (const [folders, tables] of [
      [[run], 1],
      [[run, run], 2],
    ] as const) {
      const view = start('view', ...folders, '--json');
      const page = await browser.visit(await addressOf(view));
      await rows(page).first().waitFor();
      expect(await page.locator('#epochs table').count()).toBe(tables);
      expect(await page.locator('#headline').textContent()).toContain(tables === 1 ? 'of the test images' : '2 runs');
      expect(await page.locator('#filters canvas').count()).toBe(tables === 1 ? 8 : 0);
      expect(await page.locator('.controls').count()).toBe(0);
      expect(await page.locator('img[src="x"]').count()).toBe(0);
      view.kill('SIGINT');
      expect((await once(view, 'exit'))[0]).toBe(0);
    }
  });
});
