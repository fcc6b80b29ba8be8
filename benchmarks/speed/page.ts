import { once } from 'node:events';
import { request } from 'node:http';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../../__tests__/support/chromium.js';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { firstSamples, SGD } from '../../src/index.js';
import { LivePage } from '../../src/livePage/livePage.js';
import { observe, type RunHooks, type StepReport, Trainer } from '../../src/node.js';
import { newHistory } from '../../src/pages/run/history.js';
import { changesOf, meanWithError } from './page/change.js';

// By how much `train --page` slows the training of the specified network: within one run the page hears of 50 steps and not of
// the next 50, by turns, and each pair of such blocks is compared. Norms and filters are looked at once in a block, as in any
// run. The page is open in a program that only reads or, with --browser, in Chromium, which draws it on the same cores. Whether the
// page changes the weights is checked first.
//   npm run bench:page [-- --epochs N] [-- --browser]

const { epochs, browser } = parseArgs({
  options: { epochs: { type: 'string', default: '2' }, browser: { type: 'boolean', default: false } },
}).values;
const BLOCK = 50;
const [train, test] = [await loadFashionMnist('train'), await loadFashionMnist('test')];
const newTrainer = () =>
  new Trainer(fashionNet(), { inputShape: fashionNetInput, optimizer: new SGD({ learningRate: 0.05 }) });

async function hashAfterFewSteps(hooks: (trainer: Trainer) => Partial<RunHooks>): Promise<string> {
  const trainer = newTrainer();
  try {
    for await (const _ of trainer.fit(firstSamples(train, 300), { epochs: 1, ...hooks(trainer) }));
    return trainer.weightsHash();
  } finally {
    await trainer.close();
  }
}

/** Opens the page as a reader would. @returns what closes it */
async function read(address: string): Promise<() => unknown> {
  if (!browser) {
    const events = request(`${address}events`).end();
    const [response] = await once(events, 'response');
    response.resume();
    return () => events.destroy();
  }
  const opened = await launchBrowser();
  await (await opened.newPage({ viewport: { width: 1280, height: 900 } })).goto(address);
  return () => opened.close();
}

const page = await LivePage.open(newHistory('bench:page'), { controls: true });
const hooksOf = (trainer: Trainer) => observe(trainer, page.listener, { test, insights: true });
const [plain, shown] = [await hashAfterFewSteps(() => ({})), await hashAfterFewSteps(hooksOf)];
if (plain !== shown) throw new Error(`the page changed the weights: ${shown} with it, ${plain} without`);

const trainer = newTrainer();
const hooks = hooksOf(trainer);
const close = await read(page.address);
/** When each step of this epoch was over. */
let times: number[] = [];
const changes: number[] = [];
/** Milliseconds that the run has waited for the page behind each step that it was told of. */
const waits: number[] = [];
/** Milliseconds that the page took of each epoch's end. */
const ends: number[] = [];
const fit = trainer.fit(train, {
  epochs: Number(epochs),
  test,
  async onStep(report: StepReport) {
    times.push(performance.now());
    if (Math.floor((report.step - 1) / BLOCK) % 2 !== 0) return;
    const start = performance.now();
    await hooks.onStep(report);
    waits.push(performance.now() - start);
  },
  async onEvaluated(evaluation) {
    const start = performance.now();
    await hooks.onEvaluated?.(evaluation);
    ends.push(performance.now() - start);
    changes.push(...changesOf(times, BLOCK));
    times = [];
  },
});
for await (const { epoch, seconds, imagesPerSecond } of fit)
  console.log(`epoch ${epoch}: ${seconds.toFixed(0)} s, ${imagesPerSecond.toFixed(0)} images/s`);
const { mean, error } = meanWithError(changes);
console.log(
  `${changes.length} neighbouring blocks of ${BLOCK} steps: with the page a step takes ${mean.toFixed(2)}% (± ${error.toFixed(2)}) more`,
);
const waited = meanWithError(waits).mean;
console.log(
  `behind a step the run waits ${waited.toFixed(2)} ms for the page, at most ${Math.max(...waits).toFixed(0)} ms`,
);
console.log(`the end of an epoch takes ${Math.max(...ends).toFixed(0)} ms more, at most`);
await close();
await page.close();
await trainer.close();
