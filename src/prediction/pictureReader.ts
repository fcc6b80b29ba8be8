import type { ImageTransform } from '../data/imageTransform.js';
import type { TransformedImage } from '../data/transformImage.js';
import type { pictureTasks, Read } from '../datasets/imageFolder/pictureTasks.js';
import { HeddleError } from '../errors.js';
import { TaskPool } from '../parallel/taskPool.js';

/** Reads pictures on worker threads. */
export class PictureReader {
  private pool: TaskPool<typeof pictureTasks> | undefined;

  constructor(
    private readonly transform: ImageTransform,
    private readonly workers: number,
  ) {}

  /** @returns each picture as a network takes it, or why it cannot be read
   * @throws HeddleError WORKER when a worker thread fails */
  async read(files: readonly string[]): Promise<(TransformedImage | { readonly error: HeddleError })[]> {
    if (files.length === 0) return [];
    this.pool ??= new TaskPool('reading pictures', Math.min(this.workers, files.length));
    const outcomes: Read['outcome'][] = Array(files.length);
    await this.pool.run('read', this.tasks(files), ({ place, outcome }) => {
      outcomes[place] = outcome;
    });
    return outcomes.map((outcome) =>
      'error' in outcome ? { error: new HeddleError('FILE', outcome.error) } : outcome,
    );
  }

  private *tasks(files: readonly string[]) {
    const { transform } = this;
    for (const [place, file] of files.entries()) yield { place, file, transform };
  }

  async close(): Promise<void> {
    await this.pool?.close();
  }
}
