import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import * as index from '../../dist/index.js';
import * as node from '../../dist/node.js';
import { type Heddle, runInPage, servedPages } from '../support/servedPages.js';
import { closeMeanwhile, fail, type TrainSettings, train } from '../support/webScenarios.js';

// The Trainer of heddle/web, in Chromium, does what Node's does: the same scenario runs in both.

/** A layer of one's own, as a module that worker threads import. */
const layer = `
import { Layer, perShard, registerLayer, samplesOf, sizeOf } from './index.js';
export class Twice extends Layer {
  type = 'Twice';
  arguments = () => [];
  describe = () => 'Twice()';
  outputShape = (input) => input;
  plan(input, { activation }) {
    const output = activation(input.shape);
    const size = sizeOf(input.shape);
    const double = (from, to) => perShard(({ first, count }) =>
      samplesOf(to, size, first, count).set(samplesOf(from, size, first, count).map((value) => 2 * value)));
    return { output, forward: [double(input.data, output.data)], backward: [double(output.gradient, input.gradient)] };
  }
}
registerLayer('Twice', Twice);
`;

const inNode = { ...index, ...node } as unknown as Heddle;
const pages = servedPages({ 'layer.js': layer });

describe.each([
  ['isolated', true, 1],
  ['isolated', true, 2],
  ['not isolated', false, 2],
])('in a page that is %s (%s), with %i workers', (_, isolated, workers) => {
  it('a training, an evaluation and a checkpoint have Node’s bits', async () => {
    const page = await pages.open(isolated);
    const settings: TrainSettings = { workers, epochs: 3 };
    expect(await runInPage(page, train, settings)).toEqual(await train(inNode, { ...settings, workers: 2 }));
  });

  it('a run of Node’s goes on from its checkpoint, as it would in Node', async () => {
    const page = await pages.open(isolated);
    const { checkpoint } = await train(inNode, { workers: 2, epochs: 1 });
    const settings = { workers, epochs: 1, checkpoint };
    expect(await runInPage(page, train, settings)).toEqual(await train(inNode, settings));
  });

  it('what goes wrong is told in Node’s words', async () => {
    const page = await pages.open(isolated);
    const inOther = (text: string) => text.replace(' in a worker thread', isolated ? ' in a worker thread' : '');
    const wanted = (await fail(inNode, { workers })).map(inOther);
    expect(await runInPage(page, fail, { workers })).toEqual(wanted);
    expect(wanted).toHaveLength(3);
    const closed = await runInPage(page, closeMeanwhile, { workers });
    expect(closed).toBe('STATE: the trainer was closed during step N');
    expect(await closeMeanwhile(inNode, { workers })).toBe(closed);
  });
});

it.each([true, false])(
  'in a worker of one’s own of a page that is isolated (%s), a training has Node’s bits',
  async (isolated) => {
    const own = `
    import * as index from './index.js';
    import * as web from './web.js';
    const train = ${train};
    train({ ...index, ...web }, { workers: 2, epochs: 1 }).then(({ hash }) => postMessage(hash));`;
    const page = await pages.open(isolated, { 'own.js': own });
    const hash = await page.evaluate(
      () =>
        new Promise((resolve) => {
          new Worker('/own.js', { type: 'module' }).onmessage = ({ data }) => resolve(data);
        }),
    );
    expect(hash).toBe((await train(inNode, { workers: 2, epochs: 1 })).hash);
  },
);

describe('one thread', () => {
  const trainOn = async (page: Page) => {
    const { hash } = await runInPage(page, train, { workers: 2, epochs: 1 });
    expect(hash).toBe((await train(inNode, { workers: 2, epochs: 1 })).hash);
  };
  const why = (page: Page) => page.evaluate<string>("import('/web.js').then(({ whyOneThread }) => whyOneThread())");

  it('is what a page has that is not isolated: it says so once, with the two headers that it lacks', async () => {
    const page = await pages.open(false);
    await trainOn(page);
    await trainOn(page);
    const sentence = await why(page);
    expect(sentence).toMatch(
      /^heddle trains on one thread: .*Cross-Origin-Opener-Policy: same-origin and .*require-corp$/,
    );
    expect(pages.said).toEqual([`warning: ${sentence}`]);
  });

  it('is what a browser without Atomics.waitAsync has, and says', async () => {
    const page = await pages.open(true);
    await page.evaluate('delete Atomics.waitAsync');
    await trainOn(page);
    expect(pages.said).toEqual([`warning: ${await why(page)}`]);
    expect(pages.said[0]).toContain('Atomics.waitAsync');
  });
});

describe('an isolated page', () => {
  it('says so of a script for workers that is not there, and that the trainer cannot go on', async () => {
    const page = await pages.open(true, { 'webWorker.js': undefined });
    const [first, second, closed] = await runInPage(page, fail, { workers: 2 });
    expect(first).toMatch(
      /^WORKER: step 1 failed in a worker thread: the browser cannot load webWorker\.js, which has to lie/,
    );
    expect(second).toMatch(/^STATE: the trainer cannot go on after: step 1 failed .*webWorker\.js/);
    expect(closed).toMatch(/^STATE: the trainer was closed/);
  });

  it('trains a layer of one’s own that layerModules name, as this thread does; without them its workers do not know it', async () => {
    const page = await pages.open(true);
    const own = async (heddle: Heddle, { workers, layerModules }: { workers: number; layerModules: string[] }) => {
      const path = '/layer.js';
      const { Twice } = await import(path);
      const { Flatten, Linear, Sequential, SGD, Trainer } = heddle;
      const network = new Sequential([new Flatten(), new Twice(), new Linear(64, 3)]);
      const optimizer = new SGD({ learningRate: 0.1 });
      const trainer = new Trainer(network, { inputShape: [1, 8, 8], optimizer, workers, layerModules });
      const pixels = Uint8Array.from({ length: 256 }, (_, i) => i);
      const data = heddle.tensorDataset({ data: pixels, shape: [4, 1, 8, 8] }, [0, 1, 2, 0]);
      try {
        for await (const _ of trainer.fit(data, { epochs: 2 }));
        return trainer.weightsHash();
      } catch (error) {
        return (error as Error).message;
      } finally {
        await trainer.close();
      }
    };
    const hash = await runInPage(page, own, { workers: 2, layerModules: ['layer.js'] });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await runInPage(await pages.open(false), own, { workers: 1, layerModules: [] })).toBe(hash);
    expect(await runInPage(page, own, { workers: 2, layerModules: [] })).toMatch(/no layer of type 'Twice'/);
    expect(await runInPage(page, own, { workers: 2, layerModules: ['nowhere.js'] })).toMatch(
      /^step 1 failed in a worker thread: cannot import http:.*\/nowhere\.js: /,
    );
  });
});
