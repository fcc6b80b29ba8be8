import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { decodeSafetensors } from '../../dist/index.js';
import { temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { builtForBrowsers, servedPages } from '../support/servedPages.js';

const temporary = temporaryFolder();
const pages = servedPages();

it('the page of docs/browser.md trains as it stands, on few images, and has the weights to download', async () => {
  const docs = await readFile(fileURLToPath(new URL('../../docs/browser.md', import.meta.url)), 'utf8');
  const [, html] = /```html\n(.*?)```/s.exec(docs) ?? [];
  const few = (count: number) => syntheticDataset(count, { classes: 10, size: 28 });
  const data = await writeMnistFolder(join(temporary.path, 'data'), few(100), few(20));
  const files = Object.fromEntries([
    ...(await readdir(data)).map((name) => [`data/fashion-mnist/${name}`, readFileSync(join(data, name))]),
    ...(await readdir(builtForBrowsers)).map((name) => [`heddle/${name}`, readFileSync(join(builtForBrowsers, name))]),
  ]);
  const page = await pages.open(true, { ...files, 'training.html': html });
  await page.goto(page.url().replace('page.html', 'training.html'));
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a').click()]);
  expect(await page.locator('pre').textContent()).toMatch(/^1: [\d.]+\n2: [\d.]+\n$/);
  const { tensors, metadata } = decodeSafetensors(await readFile(await download.path()));
  expect(tensors.size).toBeGreaterThan(10);
  expect(new Map(metadata).get('classes')).toContain('Ankle boot');
  expect(pages.said).toEqual([]);
});
