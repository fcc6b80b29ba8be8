import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeddleError } from '../errors.js';
import { saveModel, writing } from '../formats/modelFile.js';
import type { Model } from '../model/model.js';

/** The default name of a run's folder: runs/2026-01-31-23-59-59, in local time. */
export function defaultRunFolder(now = new Date()): string {
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset());
  return join('runs', local.toISOString().slice(0, 19).replace(/[T:]/g, '-'));
}

/** The folder of one training run: config.json, metrics.jsonl and model.safetensors. */
export class RunFolder {
  static readonly files = ['model.safetensors', 'metrics.jsonl', 'config.json'];
  private readonly metricsPath: string;

  private constructor(readonly path: string) {
    this.metricsPath = join(path, 'metrics.jsonl');
  }

  /** @throws HeddleError FILE when the folder cannot be written or holds a run already */
  static async create(path: string, config: object): Promise<RunFolder> {
    await writing(path, () => mkdir(path, { recursive: true }));
    const configPath = join(path, 'config.json');
    const text = `${JSON.stringify(config, undefined, 2)}\n`;
    try {
      await writing(configPath, () => writeFile(configPath, text, { flag: 'wx' }));
    } catch (error) {
      const { cause } = error as { cause?: NodeJS.ErrnoException };
      if (cause?.code !== 'EEXIST') throw error;
      throw new HeddleError('FILE', `${path} holds a run already; give --out another folder`, { cause });
    }
    const folder = new RunFolder(path);
    await writing(folder.metricsPath, () => writeFile(folder.metricsPath, ''));
    return folder;
  }

  async addMetrics(metrics: object): Promise<void> {
    await writing(this.metricsPath, () => appendFile(this.metricsPath, `${JSON.stringify(metrics)}\n`));
  }

  async saveModel(model: Model, metadata: Record<string, string>): Promise<void> {
    await saveModel(join(this.path, 'model.safetensors'), model.stateDict(), metadata);
  }
}
