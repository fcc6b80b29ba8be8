import { join } from 'node:path';
import { HeddleError } from '../errors.js';
import { replaceFile, writing } from '../formats/durableFile.js';
import { parseJson } from '../formats/json.js';
import { readText, unlessMissing } from '../formats/regularFile.js';
import type { RunChange } from '../training/events.js';
import type { Trainer } from '../training/trainer.js';
import { isPlainObject } from '../validate.js';

/** What somebody has changed while a run went on, a line each in changes.jsonl of its folder. When the run is repeated with these,
 * or goes on from an earlier checkpoint, the same happens behind the same steps. */
export class Changes {
  static readonly file = 'changes.jsonl';

  private constructor(readonly list: RunChange[]) {}

  static none = () => new Changes([]);

  /** @throws HeddleError FORMAT where a line is no change, FILE where the file cannot be read */
  static async read(path: string): Promise<Changes> {
    return new Changes(changesIn(await readText(path), path));
  }

  /** Those of a run that goes on. @throws as read */
  static async ofRun(folder: string): Promise<Changes> {
    const path = join(folder, Changes.file);
    const text = await readText(path).catch(unlessMissing);
    return new Changes(text === undefined ? [] : changesIn(text, path));
  }

  /** Has a run's folder tell of these. @throws HeddleError FILE */
  async keepIn(folder: string): Promise<void> {
    const path = join(folder, Changes.file);
    if (this.list.length > 0) await writing(path, () => replaceFile(path, this.list.map(lineOf).join('')));
  }

  /** Changes the learning rate of a trainer that is between two steps, and writes that down in the run's folder.
   * @throws HeddleError ARGUMENT where it can be no learning rate, FILE */
  async make(folder: string, trainer: Trainer, learningRate: number): Promise<RunChange> {
    trainer.learningRate = learningRate;
    const change = { event: 'change', stepsDone: trainer.steps, learningRate } as const;
    this.list.push(change);
    await this.keepIn(folder);
    return change;
  }
}

/** Does to a trainer, which is between two steps, what was done behind its last one.
 * @returns the change, if there was one */
export function repeatChange(changes: readonly RunChange[], trainer: Trainer): RunChange | undefined {
  const change = changes.findLast(({ stepsDone }) => stepsDone === trainer.steps);
  if (change) trainer.learningRate = change.learningRate;
  return change;
}

const lineOf = ({ stepsDone, learningRate }: RunChange) => `${JSON.stringify({ stepsDone, learningRate })}\n`;

function changesIn(text: string, path: string): RunChange[] {
  // The last line may have been cut off by a crash, before anything came of it.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index): RunChange => {
      const place = `${path}, line ${index + 1}`;
      const value = parseJson(line, place);
      const { stepsDone, learningRate, ...others } = isPlainObject(value) ? value : {};
      const isChange = Number.isInteger(stepsDone) && Number(stepsDone) >= 0 && Number.isFinite(learningRate);
      if (!isChange || Object.keys(others).length > 0 || Number(learningRate) < 0)
        throw new HeddleError(
          'FORMAT',
          `${place}: expected a change such as {"stepsDone":120,"learningRate":0.05}; found ${line.slice(0, 80)}`,
        );
      return { event: 'change', stepsDone: stepsDone as number, learningRate: learningRate as number };
    });
}
