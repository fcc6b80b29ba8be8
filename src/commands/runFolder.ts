import { appendFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkTransform } from '../data/imageTransform.js';
import type { DataOptions } from '../datasets/labelledData.js';
import { HeddleError, reason } from '../errors.js';
import { loadCheckpoint, saveCheckpoint } from '../formats/checkpointFile.js';
import { createFile, makeFolder, removeTemporaries, replaceFile, writing } from '../formats/durableFile.js';
import { parseJson } from '../formats/json.js';
import { takeLock } from '../formats/lock.js';
import { saveSafetensors } from '../formats/modelFile.js';
import { MAX_LINES_BYTES, readText, unlessMissing } from '../formats/regularFile.js';
import { describeModel, type ModelDescription } from '../network/modelDescription.js';
import { readGraph } from '../network/readGraph.js';
import { checkSettings, runSettings } from '../training/resume.js';
import type { Trainer } from '../training/trainer.js';
import type { RunConfig } from '../training/trainerOptions.js';
import { isPlainObject, texts } from '../validate.js';
import { Changes } from './changes.js';
import type { NetworkSource } from './options/networks.js';

/** The default name of a run's or a study's folder: runs/2026-01-31-23-59-59, in local time. */
export function defaultFolder(parent: 'runs' | 'studies', now = new Date()): string {
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset());
  return join(parent, local.toISOString().slice(0, 19).replace(/[T:]/g, '-'));
}

/** What a model file says that its trainer does not know. */
export type AboutModel = Pick<ModelDescription, 'classes' | 'transform' | 'recipe'>;

/** The folder of one training run: config.json, metrics.jsonl, model.safetensors and the two last checkpoints. Who writes
 * to it holds its lock. */
export class RunFolder {
  static readonly files = ['model.safetensors', 'metrics.jsonl', 'config.json', 'checkpoint.safetensors'];
  /** The steps of the run's newest checkpoint. */
  savedSteps = 0;
  private readonly metricsPath: string;

  private constructor(
    readonly path: string,
    /** The configuration that the run was started with. */
    readonly config: Readonly<Record<string, unknown>>,
  ) {
    this.metricsPath = join(path, 'metrics.jsonl');
  }

  /** Keeps other processes from a run's folder, which it makes if there is none, until this one ends.
   * @throws HeddleError FILE naming the process that uses it */
  static async lock(path: string): Promise<void> {
    await writing(path, () => makeFolder(path));
    await takeLock(join(path, 'lock'), path);
  }

  /** @throws HeddleError FILE when the folder cannot be written or holds a run already, or what is left of one */
  static async create(path: string, config: Readonly<Record<string, unknown>>): Promise<RunFolder> {
    let left: string[] = [];
    await writing(path, async () => {
      await makeFolder(path);
      const names = await readdir(path);
      left = [...RunFolder.files, 'checkpoint.previous.safetensors', Changes.file].filter((name) =>
        names.includes(name),
      );
    });
    const configPath = join(path, 'config.json');
    if (left.length > 0 && !left.includes('config.json'))
      throw new HeddleError('FILE', `${path} holds ${left.join(' and ')} already; give --out another folder`);
    try {
      await writing(configPath, () => createFile(configPath, `${JSON.stringify(config, undefined, 2)}\n`));
    } catch (error) {
      const { cause } = error as { cause?: NodeJS.ErrnoException };
      if (cause?.code !== 'EEXIST') throw error;
      const advice = 'go on with it by --resume, or give --out another folder';
      throw new HeddleError('FILE', `${path} holds a run already; ${advice}`, { cause });
    }
    const folder = new RunFolder(path, config);
    await writing(folder.metricsPath, () => writeFile(folder.metricsPath, ''));
    await removeTemporaries(path, RunFolder.files);
    return folder;
  }

  /** @throws HeddleError FILE when there is no run in the folder, FORMAT when its configuration is not whole */
  static async open(path: string): Promise<RunFolder> {
    const configPath = join(path, 'config.json');
    const text = await readText(configPath).catch(unlessMissing);
    if (text === undefined)
      throw new HeddleError('FILE', `${path} holds no run to go on with: there is no config.json in it`);
    const config = parseJson(text, configPath);
    if (!isPlainObject(config))
      throw new HeddleError('FORMAT', `${configPath}: expected a JSON object with a run's settings`);
    return new RunFolder(path, config);
  }

  /** How the run's pictures became inputs, whatever sizes they have now. @throws HeddleError FORMAT when it is no transform */
  get inputs(): Pick<DataOptions, 'transform'> {
    return this.read(({ transform }) => ({ transform: checkTransform(transform) }));
  }

  /** What the run keeps of the weights that it started from, whose file may be gone; undefined before its first checkpoint, or if
   * it started from none.
   * @throws HeddleError FORMAT when it is no network */
  async begun(): Promise<NetworkSource | undefined> {
    const names = await readdir(this.path);
    const isBegun = ['checkpoint.safetensors', 'checkpoint.previous.safetensors'].some((name) => names.includes(name));
    return this.read(({ network, frozen, options }) => {
      if (!isBegun || !isPlainObject(options) || options.weights === undefined) return undefined;
      const [graph, modules] = [readGraph(network), texts('frozen', frozen as string[])];
      return { networkFor: () => graph, frozen: () => modules };
    });
  }

  private read<T>(part: (config: RunFolder['config']) => T): T {
    try {
      return part(this.config);
    } catch (cause) {
      throw new HeddleError('FORMAT', `${join(this.path, 'config.json')}: ${reason(cause)}`, { cause });
    }
  }

  /** @throws HeddleError CHECKPOINT when the run began with other numbers of images than there are now */
  checkImages(train: number, test: number): void {
    const { trainImages = train, testImages = test } = this.config;
    if (trainImages === train && testImages === test) return;
    const found = `the run in ${this.path} began with ${trainImages} training and ${testImages} test images; its data have ${train} and ${test} now`;
    throw new HeddleError('CHECKPOINT', `${found}. Put them back as they were, or begin another run`);
  }

  /** Puts the trainer where the run's newest whole checkpoint was, or at its start if the run has not come to one.
   * Nothing is written. Returns what is not as it should be.
   * @throws HeddleError CHECKPOINT naming what differs, or FILE when the checkpoints are gone */
  async restore(trainer: Trainer): Promise<string[]> {
    const { version } = this.config;
    checkSettings(runSettings(trainer.config), { ...runSettings(this.config as unknown as RunConfig), version });
    const found = await loadCheckpoint(this.path);
    if (!found) return [await this.explainStart()];
    trainer.restore(found.checkpoint);
    this.savedSteps = trainer.steps;
    const warnings = found.damaged ? [`${found.damaged.message}; going on from the checkpoint before it`] : [];
    const known = new Set((await this.metricsUntil(trainer.epochsDone)).kept.map(epochOf));
    const unknown = Array.from({ length: trainer.epochsDone }, (_, i) => i + 1).filter((epoch) => !known.has(epoch));
    if (unknown.length > 0)
      warnings.push(`${this.metricsPath} has no line of epoch ${unknown.join(', ')}; going on without`);
    return warnings;
  }

  /** @throws HeddleError FILE when the run had come to a checkpoint */
  private async explainStart(): Promise<string> {
    const { text } = await this.metricsUntil(0);
    const model = await stat(join(this.path, 'model.safetensors')).catch(() => undefined);
    const lost =
      'has neither checkpoint.safetensors nor checkpoint.previous.safetensors, though its run came to them; ' +
      'put a copy of one back, or begin the run again in another folder';
    if (text || model) throw new HeddleError('FILE', `${this.path} ${lost}`);
    return `${this.path} has no checkpoint, as the run ended before its first; it begins again`;
  }

  /** Has the folder tell of nothing that is to come again after `restore`. */
  async rewind(trainer: Trainer): Promise<void> {
    await removeTemporaries(this.path, RunFolder.files);
    const { text, kept } = await this.metricsUntil(trainer.epochsDone);
    const wanted = kept.map((line) => `${line}\n`).join('');
    if (text !== wanted) await replaceFile(this.metricsPath, wanted);
  }

  /** What metrics.jsonl has of each epoch. */
  async metrics(): Promise<Readonly<Record<string, unknown>>[]> {
    const { kept } = await this.metricsUntil(Number.POSITIVE_INFINITY);
    return kept.filter((line) => epochOf(line) !== undefined).map((line) => JSON.parse(line));
  }

  /** The text of metrics.jsonl, and its lines but for those of later epochs and one that a crash has cut off. */
  private async metricsUntil(epochs: number): Promise<{ text: string | undefined; kept: string[] }> {
    const text = await readText(this.metricsPath, MAX_LINES_BYTES).catch(unlessMissing);
    const lines = (text ?? '').split('\n');
    const last = lines.pop() ?? '';
    if (epochOf(last) !== undefined) lines.push(last);
    return { text, kept: lines.filter((line) => line !== '' && !((epochOf(line) ?? 0) > epochs)) };
  }

  /** Saves what an epoch came to: its metrics, if it is at its end, the weights for others, and a checkpoint to go on
   * from. The order matters: a run that is killed between two of these writes goes on from the checkpoint before, and
   * comes to the same metrics and weights again. */
  async save(trainer: Trainer, about: AboutModel, metrics?: object): Promise<void> {
    const line = metrics && `${JSON.stringify(metrics)}\n`;
    if (line) await writing(this.metricsPath, () => appendFile(this.metricsPath, line, { flush: true }));
    await this.saveModel(trainer, about);
    await this.saveCheckpoint(trainer);
  }

  /** Saves the weights with all that the other commands have to know. */
  async saveModel(trainer: Trainer, about: AboutModel): Promise<void> {
    const { normalization, testTimeFlip, testTimeShift } = trainer.config;
    const metadata = describeModel(trainer.model, { ...about, normalization, testTimeFlip, testTimeShift });
    await saveSafetensors(join(this.path, 'model.safetensors'), trainer.stateDict(), metadata);
  }

  async saveCheckpoint(trainer: Trainer): Promise<void> {
    await saveCheckpoint(this.path, trainer.checkpoint());
    this.savedSteps = trainer.steps;
  }
}

/** The epoch that a line of metrics.jsonl is about; undefined where the line is damaged. */
function epochOf(line: string): number | undefined {
  try {
    const { epoch } = JSON.parse(line) as { epoch?: unknown };
    return typeof epoch === 'number' ? epoch : undefined;
  } catch {
    return undefined;
  }
}
