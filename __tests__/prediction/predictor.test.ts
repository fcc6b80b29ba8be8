import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm2d,
  BCEWithLogitsLoss,
  Conv2d,
  Flatten,
  Model,
  type Prediction,
  Sequential,
} from '../../dist/index.js';
import { Predictor, type PredictorOptions } from '../../dist/node.js';
import { values } from '../support/kernelRoom.js';
import { smallNetwork } from '../support/smallNetwork.js';

const inputShape = [2, 9, 9];
const size = 162;

/** With running statistics that are none of the initial ones. */
function smallModel(): Model {
  const model = new Model(smallNetwork(), { inputShape, batchSize: 8 });
  model.forward(values(8 * size));
  return model.eval();
}

async function withPredictor<T>(
  model: Model,
  options: PredictorOptions,
  use: (predictor: Predictor) => Promise<T>,
): Promise<T> {
  const predictor = new Predictor(model, options);
  try {
    return await use(predictor);
  } finally {
    await predictor.close();
  }
}

const bits = ({ classes, probabilities }: Prediction) => [[...classes], probabilities.shape, [...probabilities.data]];

const outcomes = async (requests: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(requests)).map((outcome) =>
    outcome.status === 'rejected' ? `${outcome.reason.code}: ${outcome.reason.message}` : 'answered',
  );

it.each([1, 2, 3])(
  '%d workers give 60 requests of 1 to 20 samples at random times the bits of model.predict, in batches of at most 8',
  async (workers) => {
    const model = smallModel();
    const numbers = values(60);
    const inputs = Array.from({ length: 60 }, (_, i) =>
      values(size * (i % 9 === 0 ? 20 : 1 + (i % 3)), 1 + numbers[i] ** 2),
    );
    const answers = await withPredictor(model, { workers }, (predictor) =>
      Promise.all(
        inputs.map(async (input, i) => {
          await setTimeout(Math.abs(numbers[i]) * 20);
          return predictor.predict(input);
        }),
      ),
    );
    for (const [i, answer] of answers.entries()) expect(bits(answer)).toEqual(bits(model.predict(inputs[i])));
  },
);

it('reads the input at once, keeps the weights that the model had, and gives what a loss means', async () => {
  const model = smallModel();
  const input = values(2 * size);
  const before = bits(model.predict(input));
  const loss = new BCEWithLogitsLoss();
  const labels = model.predict(input, { loss });
  await withPredictor(model, { workers: 2, batchSize: 1 }, async (predictor) => {
    model.stateDict().get('classifier.1.bias')?.set(0, 100);
    const [first, second] = [predictor.predict(input), predictor.predict(input, { loss })];
    input.fill(0);
    expect(bits(await first)).toEqual(before);
    expect(await second).toEqual(labels);
  });
});

describe('a predictor', () => {
  const image = values(size);

  it('answers those who ask in the same turn in one batch of 8, and refuses with BUSY those for whom there is no room', async () => {
    await withPredictor(smallModel(), { workers: 2, maxQueue: 8 }, async (predictor) => {
      await predictor.predict(image);
      const requests = Array.from({ length: 10 }, () => predictor.predict(image));
      const results = await outcomes(requests);
      expect(results.slice(0, 8)).toEqual(Array(8).fill('answered'));
      for (const result of results.slice(8)) expect(result).toMatch(/^BUSY: expected at most 8 samples to wait/);
      const next = outcomes([predictor.predict(image)]);
      await null; // the third batch has begun, and may be over, where this thread had to wait for a core
      await predictor.close();
      expect(['answered', 'STATE: the predictor was closed during batch 3']).toContain((await next)[0]);
    });
  });

  it('rejects with STATE all whom it has not answered when it is closed, and who ask later; close may come twice', async () => {
    const predictor = new Predictor(smallModel(), { workers: 2 });
    await predictor.predict(image);
    const requests = outcomes([predictor.predict(values(40 * size)), predictor.predict(image)]);
    await null;
    await predictor.close();
    await predictor.close();
    expect(await requests).toEqual(Array(2).fill('STATE: the predictor was closed during batch 2'));
    expect(await outcomes([predictor.predict(image)])).toEqual(['STATE: the predictor was closed; make another one']);
  });

  it('refuses an input that does not fit with SHAPE, and goes on', async () => {
    await withPredictor(smallModel(), { workers: 1 }, async (predictor) =>
      expect(await outcomes([predictor.predict(values(7)), predictor.predict(image)])).toEqual([
        'SHAPE: the input has 7 numbers; expected whole samples of shape [2, 9, 9], 162 numbers each',
        'answered',
      ]),
    );
  });

  it('refuses a BatchNorm that normalizes by the batch: who else asks would change an answer', () => {
    const network = new Sequential([
      new Conv2d(2, 3, 9),
      new BatchNorm2d(3, { trackRunningStats: false }),
      new Flatten(),
    ]);
    const model = new Model(network, { inputShape, batchSize: 2 });
    expect(() => new Predictor(model)).toThrow(
      expect.objectContaining({
        code: 'ARGUMENT',
        message: expect.stringContaining("layer '1' normalizes by the batch"),
      }),
    );
  });
});

describe('a process with a predictor', () => {
  const [library, node] = ['index', 'node'].map((file) => new URL(`../../dist/${file}.js`, import.meta.url).href);
  /** A layer that fails at a negative number, and ends its thread at a very negative one. */
  const layer = `
    import { perShard, registerLayer } from '${library}';
    export class Positive {
      type = 'Positive';
      arguments = () => [];
      describe = () => 'Positive()';
      outputShape = (input) => input;
      plan = (input) => ({ output: input, backward: [], forward: [perShard(({ first, count }) => {
        const own = input.data.subarray(2 * first, 2 * (first + count));
        if (own.some((x) => x < -99)) process.exit(3);
        if (own.some((x) => x < 0)) throw new RangeError('below 0');
      })] });
    }
    registerLayer('Positive', Positive);`;
  const program = (folder: string) => `
    import { setTimeout } from 'node:timers/promises';
    import { Linear, Model, Sequential } from '${library}';
    import { Predictor } from '${node}';
    import { Positive } from './layer.mjs';
    const model = new Model(new Sequential([new Positive(), new Linear(2, 2)]), { inputShape: [2], batchSize: 4 });
    const options = { workers: 2, layerModules: ['${join(folder, 'layer.mjs')}'] };
    const [idle, failing, ending] = [1, 2, 3].map(() => new Predictor(model, options));
    for (const samples of [[[1, 2]], [[1, 2], [3, 4]]]) {
      console.log((await idle.predict(samples)).classes.length);
      await setTimeout(150); // its threads rest meanwhile
    }
    const requests = [failing.predict([[1, 2], [-1, 2]]), failing.predict([[3, 4]])];
    for (const { reason } of await Promise.allSettled(requests)) console.log(reason.code, reason.message);
    await failing.predict([[1, 2]]).catch(({ code, message }) => console.log(code, message));
    await failing.close();
    for (const number of [1, -100, 1])
      await ending.predict([[number, 2]]).catch(({ code, message }) => console.log(code, message));
    await ending.close();`;

  it('tells all who wait of a worker that fails or ends: WORKER, and STATE afterwards; and ends by itself beside one that answered twice with a pause and is open', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-predictor-'));
    try {
      await writeFile(join(folder, 'layer.mjs'), layer);
      await writeFile(join(folder, 'program.mjs'), program(folder));
      const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'program.mjs')], {
        timeout: 40_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
      });
      const failure = 'batch 1 failed in a worker thread: below 0';
      const end = 'batch 2 failed in a worker thread: worker exited with code: 3';
      expect([status, stderr, stdout.trim().split('\n')]).toEqual([
        0,
        '',
        [
          '1',
          '2',
          `WORKER ${failure}`,
          `WORKER ${failure}`,
          `STATE the predictor cannot go on after: ${failure}`,
          `WORKER ${end}`,
          `STATE the predictor cannot go on after: ${end}`,
        ],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
