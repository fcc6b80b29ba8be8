import { randomUUID } from 'node:crypto';
import { appendFile, link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { HeddleError } from '../errors.js';
import { loadCheckpoint, saveCheckpoint } from '../formats/checkpoint.js';
import { parseJson } from '../formats/json.js';
import { makeFolder } from '../formats/makeFolder.js';
import { saveSafetensors, writing } from '../formats/modelFile.js';
import { MAX_LINES_BYTES, readText, unlessMissing } from '../formats/regularFile.js';
import { checkSettings, runSettings } from '../training/resume.js';
import type { StepConfig } from '../training/step.js';
import type { Trainer } from '../training/trainer.js';

/** The default name of a run's or a study's folder: runs/2026-01-31-23-59-59, in local time. */
export function defaultFolder(parent: 'runs' | 'studies', now = new Date()): string {
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset());
  return join(parent, local.toISOString().slice(0, 19).replace(/[T:]/g, '-'));
}

/** The folder of one training run: config.json, metrics.jsonl, model.safetensors and the two last checkpoints. */
export class RunFolder {
  static readonly files = ['model.safetensors', 'metrics.jsonl', 'config.json', 'checkpoint.safetensors'];
  private readonly metricsPath: string;
  private saved: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    /** The configuration that the run was started with. */
    readonly config: Readonly<Record<string, unknown>>,
  ) {
    this.metricsPath = join(path, 'metrics.jsonl');
  }

  /** @throws HeddleError FILE when the folder cannot be written or holds a run already */
  static async create(path: string, config: Readonly<Record<string, unknown>>): Promise<RunFolder> {
    await writing(path, () => makeFolder(path));
    const configPath = join(path, 'config.json');
    const text = `${JSON.stringify(config, undefined, 2)}\n`;
    try {
      await writing(configPath, () => writeNew(configPath, text));
    } catch (error) {
      const { cause } = error as { cause?: NodeJS.ErrnoException };
      if (cause?.code !== 'EEXIST') throw error;
      throw new HeddleError(
        'FILE',
        `${path} holds a run already; go on with it by --resume, or give --out another folder`,
        { cause },
      );
    }
    const folder = new RunFolder(path, config);
    await writing(folder.metricsPath, () => writeFile(folder.metricsPath, ''));
    return folder;
  }

  /** @throws HeddleError FILE when there is no run in the folder, FORMAT when its configuration is not whole */
  static async open(path: string): Promise<RunFolder> {
    const configPath = join(path, 'config.json');
    const text = await readText(configPath).catch(unlessMissing);
    if (text === undefined)
      throw new HeddleError('FILE', `${path} holds no run to go on with: there is no config.json in it`);
    const config = parseJson(text, configPath);
    if (typeof config !== 'object' || config === null || Array.isArray(config))
      throw new HeddleError('FORMAT', `${configPath}: expected a JSON object with a run's settings`);
    return new RunFolder(path, config as Record<string, unknown>);
  }

  /** Puts the trainer where the run's newest checkpoint was, or at its start if there is none, and takes back the metrics
   * of what is to come again. Returns why a damaged checkpoint was passed over.
   * @throws HeddleError CHECKPOINT naming what differs */
  async restore(trainer: Trainer): Promise<HeddleError | undefined> {
    const { version } = this.config;
    checkSettings(runSettings(trainer.config), { ...runSettings(this.config as unknown as StepConfig), version });
    const { checkpoint, damaged } = (await loadCheckpoint(this.path)) ?? {};
    if (checkpoint) trainer.restore(checkpoint);
    const lines = (await readText(this.metricsPath, MAX_LINES_BYTES).catch(unlessMissing)) ?? '';
    const kept = lines.split('\n').slice(0, trainer.epochsDone);
    await writing(this.metricsPath, () => writeFile(this.metricsPath, kept.map((line) => `${line}\n`).join('')));
    return damaged;
  }

  async addMetrics(metrics: object): Promise<void> {
    await writing(this.metricsPath, () => appendFile(this.metricsPath, `${JSON.stringify(metrics)}\n`));
  }

  /** Saves the weights for others, and a checkpoint to go on from. */
  async save(trainer: Trainer): Promise<void> {
    await this.saveModel(trainer);
    await this.saveCheckpoint(trainer);
  }

  /** With what `evaluate` has to know of the training. */
  async saveModel(trainer: Trainer): Promise<void> {
    const { normalization, testTimeFlip } = trainer.config;
    const metadata = {
      ...{ mean: String(normalization.mean), std: String(normalization.std) },
      ...(testTimeFlip ? { testTimeFlip: 'true' } : {}),
    };
    await saveSafetensors(join(this.path, 'model.safetensors'), trainer.stateDict(), metadata);
  }

  /** Of this moment; it is written while the trainer may take its next step, one after the other. */
  async saveCheckpoint(trainer: Trainer): Promise<void> {
    const checkpoint = trainer.checkpoint();
    this.saved = this.saved.then(setImmediate).then(() => saveCheckpoint(this.path, checkpoint));
    await this.saved;
  }
}

/** Writes a file that is whole or absent at every instant, where the file system has links. @throws Error EEXIST when there is one already */
async function writeNew(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flush: true });
    // A rename would take another run's place.
    await link(temporary, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      await writeFile(path, text, { flag: 'wx', flush: true }); // a file system without links, such as exFAT
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
