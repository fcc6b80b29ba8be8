import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Browser, JSHandle } from 'playwright-core';
import { originOf, serve } from '../../../__tests__/support/fileServer.js';
import type { HeddleTask } from './heddleTraining.js';
import type { About, Round, Training } from './round.js';
import type { Column } from './table.js';
import type { TensorflowTask } from './tensorflowPage.js';

/** A training in a page or a process of its own. */
export interface Running extends Training {
  stop(): Promise<unknown>;
}

/** Where pages come from. */
export interface Host {
  readonly browser: Browser;
  /** Sends the headers that isolate pages. */
  readonly isolating: Server;
  readonly plain: Server;
}

const compiled = (name: string) => fileURLToPath(new URL(`browser/${name}.js`, import.meta.url));
const data = new URL('../data/fashion-mnist/', import.meta.resolve('heddle'));
const builtForBrowsers = fileURLToPath(new URL('browser', import.meta.resolve('heddle')));
const importMap = { imports: { heddle: '/index.js', 'heddle/networks': '/networks.js', 'heddle/web': '/web.js' } };

/** Serves an empty page, whose scripts may import heddle by its names, the benchmark's scripts and the images. */
export async function openHost(browser: Browser): Promise<Host> {
  const images = (await readdir(data)).filter((name) => name.endsWith('.gz'));
  const files = {
    'page.html': `<!doctype html><script type="importmap">${JSON.stringify(importMap)}</script>`,
    'favicon.ico': '',
    'heddlePage.js': await readFile(compiled('heddlePage')),
    'tensorflowPage.js': await readFile(compiled('tensorflowPage')),
    ...Object.fromEntries(
      await Promise.all(images.map(async (name) => [`fashion-mnist/${name}`, await readFile(new URL(name, data))])),
    ),
  };
  const [isolating, plain] = await Promise.all(
    [true, false].map((isolated) => serve(isolated, files, builtForBrowsers)),
  );
  return { browser, isolating, plain };
}

/** Starts what a script's `start` gives. */
async function inPage(
  browser: Browser,
  server: Server,
  script: string,
  task: HeddleTask | TensorflowTask,
): Promise<Running> {
  const page = await browser.newPage();
  await page.goto(`${originOf(server)}/page.html`);
  const start = `import('/${script}.js').then(({ start }) => start(${JSON.stringify(task)}))`;
  try {
    const training = (await page.evaluateHandle(start)) as JSHandle<Training>;
    return {
      about: await training.evaluate(({ about }) => about),
      train: () => training.evaluate((own) => own.train()),
      stop: () => page.context().close(),
    };
  } catch (error) {
    await page.context().close();
    throw error;
  }
}

async function inNode({ network, workers }: HeddleTask): Promise<Running> {
  const child = fork(compiled('heddleProcess'), [network, String(workers)]);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('heddle’s process in Node ended')));
  const answer = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  return {
    about: (await answer()) as About,
    train: () => {
      child.send('train');
      return answer() as Promise<Round>;
    },
    stop: async () => child.disconnect(),
  };
}

/** How each column's training of a network is started. */
export const starts: Readonly<Record<Column, (network: string, host: Host) => Promise<Running>>> = {
  node1: (network) => inNode({ network, workers: 1 }),
  node2: (network) => inNode({ network, workers: 2 }),
  browser1: (network, { browser, isolating }) => inPage(browser, isolating, 'heddlePage', { network, workers: 1 }),
  browser2: (network, { browser, isolating }) => inPage(browser, isolating, 'heddlePage', { network, workers: 2 }),
  pageThread: (network, { browser, plain }) => inPage(browser, plain, 'heddlePage', { network, workers: 1 }),
  webgl: (network, { browser, plain }) => inPage(browser, plain, 'tensorflowPage', { network, backend: 'webgl' }),
  cpu: (network, { browser, plain }) => inPage(browser, plain, 'tensorflowPage', { network, backend: 'cpu' }),
};
