import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { HeddleError, printable } from '../errors.js';
import { parseJson } from '../formats/json.js';
import { loadSafetensors } from '../formats/modelFile.js';
import { MAX_LINES_BYTES, readText, unlessMissing } from '../formats/regularFile.js';
import { fields, number, plainObject, read, string, wholeNumberFrom } from '../formats/schema.js';
import { newHistory, type RunHistory } from '../pages/run/history.js';
import type { Shape } from '../tensor/shape.js';
import type { RunEpoch, RunFilters, RunStart } from '../training/events.js';

const METRICS = 'metrics.jsonl';

/** What the folder of a run tells of it: its epochs and settings, and the first layer of its model. Its steps are not kept.
 * @throws HeddleError FILE when there is no run, FORMAT where a file is not what a run writes */
export async function savedRun(path: string): Promise<RunHistory> {
  const history = await epochsOfRun(path);
  const filters = await savedFilters(path, history.start?.inputShape ?? []);
  return filters ? { ...history, filters } : history;
}

async function epochsOfRun(path: string): Promise<RunHistory> {
  const configPath = join(path, 'config.json');
  const text = await readText(configPath).catch(unlessMissing);
  if (text === undefined)
    throw new HeddleError('FILE', `${path} holds no training run: there is no config.json in it; check the name`);
  const config = read(configFields, parseJson(text, configPath), ofFile(configPath));
  const epochs = await savedEpochs(path);
  return { ...newHistory(printable(path)), start: startOf(config, epochs), epochs };
}

/** The newest run on the same data in the folders beside; undefined where none can be read. */
export async function runBefore(path: string): Promise<RunHistory | undefined> {
  const parent = dirname(path);
  const names = await readdir(parent).catch(() => []);
  const others = names.filter((name) => name !== basename(path)).map((name) => join(parent, name));
  const dated = await Promise.all(
    others.map(async (folder) => {
      const { mtimeMs } = await stat(join(folder, METRICS)).catch(() => ({ mtimeMs: 0 }));
      return { folder, mtimeMs };
    }),
  );
  const own = await epochsOfRun(path).catch(() => undefined);
  for (const { folder } of dated.filter(({ mtimeMs }) => mtimeMs > 0).toSorted((a, b) => b.mtimeMs - a.mtimeMs)) {
    const run = await epochsOfRun(folder).catch(() => undefined);
    if (own && run && run.epochs.length > 0 && dataOf(run) === dataOf(own)) return run;
  }
  return undefined;
}

const dataOf = ({ start }: RunHistory) =>
  (start?.config.options as Readonly<Record<string, unknown>> | undefined)?.data;

/** The lines of a run's metrics.jsonl; one at its end that was cut off is left out. @throws HeddleError FORMAT, FILE */
export async function savedEpochs(path: string): Promise<RunEpoch[]> {
  const file = join(path, METRICS);
  const text = (await readText(file, MAX_LINES_BYTES).catch(unlessMissing)) ?? '';
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const place = `${file}, line ${i + 1}`;
      const epoch = read(epochLine, parseJson(line, place), ofFile(place));
      return { event: 'epoch', stepsDone: 0, ...epoch } as RunEpoch;
    });
}

const optional = v.optional(number);
const epochLine = fields({
  epoch: wholeNumberFrom(1),
  seconds: number,
  imagesPerSecond: number,
  weightsHash: string,
  trainLoss: number,
  trainAccuracy: optional,
  validationLoss: optional,
  validationAccuracy: optional,
  testLoss: optional,
  testAccuracy: optional,
});

const configFields = fields({
  options: plainObject('an object with settings'),
  trainImages: wholeNumberFrom(0),
  testImages: wholeNumberFrom(0),
  inputShape: v.array(wholeNumberFrom(1), 'a shape'),
  workers: wholeNumberFrom(1),
  kernels: string,
});

function startOf(config: v.InferOutput<typeof configFields>, epochs: readonly RunEpoch[]): RunStart {
  const { trainImages, testImages, inputShape, workers, kernels, options } = config;
  return {
    event: 'start',
    time: 0,
    epochs: typeof options.epochs === 'number' ? options.epochs : epochs.length,
    epochsDone: epochs.length,
    stepsDone: 0,
    trainImages,
    testImages,
    classes: [],
    inputShape,
    workers,
    kernels,
    about: [],
    config,
  };
}

/** The first layer's weights, where it is a convolution: its filters have the input's channels. */
async function savedFilters(path: string, [channels]: Shape): Promise<RunFilters | undefined> {
  const file = await loadSafetensors(join(path, 'model.safetensors')).catch(unlessMissing);
  for (const [name, { shape, data }] of file?.tensors ?? [])
    if (shape.length === 4 && shape[1] === channels)
      return { event: 'filters', stepsDone: 0, name, shape, values: Array.from(data, Number) };
  return undefined;
}

const ofFile = (place: string) => (message: string) => new HeddleError('FORMAT', `${place}: ${message}`);
