import { access, appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeddleError } from '../errors.js';
import { saveModel } from '../formats/modelFile.js';
import type { Model } from '../model/model.js';

/** The default name of a run's folder: runs/2026-01-31-23-59-59, in local time. */
export function defaultRunFolder(now = new Date()): string {
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset());
  return join('runs', local.toISOString().slice(0, 19).replace(/[T:]/g, '-'));
}

/** The folder of one training run: config.json, metrics.jsonl and model.safetensors. */
export class RunFolder {
  readonly modelPath: string;

  private constructor(readonly path: string) {
    this.modelPath = join(path, 'model.safetensors');
  }

  /** @throws HeddleError FILE when the folder cannot be written or holds a run already */
  static async create(path: string, config: object): Promise<RunFolder> {
    const configPath = join(path, 'config.json');
    const taken = await access(configPath).then(
      () => true,
      () => false,
    );
    if (taken) throw new HeddleError('FILE', `${path} holds a run already; give --out another folder`);
    await attempt(path, async () => {
      await mkdir(path, { recursive: true });
      await writeFile(configPath, `${JSON.stringify(config, undefined, 2)}\n`);
      await writeFile(join(path, 'metrics.jsonl'), '');
    });
    return new RunFolder(path);
  }

  async addMetrics(metrics: object): Promise<void> {
    const path = join(this.path, 'metrics.jsonl');
    await attempt(path, () => appendFile(path, `${JSON.stringify(metrics)}\n`));
  }

  async saveModel(model: Model, metadata: Record<string, string>): Promise<void> {
    await saveModel(this.modelPath, model, metadata);
  }
}

async function attempt(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new HeddleError('FILE', `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
