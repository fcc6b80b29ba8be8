import { oneLine, reason } from '../../errors.js';
import { fail } from '../command.js';
import { jsonLine, type Prediction, predictionJson, predictionLines, predictionText } from './predictionText.js';
import { RightAndWrong } from './rightAndWrong.js';

/** A picture that cannot be read, or a name that stands for none. */
export interface Unreadable {
  readonly file: string;
  readonly error: unknown;
}

/** So many pictures are drawn; of more each has a line. */
export const MOST_DRAWN = 8;

/** Prints predictions as they come, and in the end how many are right, where that is known. */
export class PredictionPrinter {
  private readonly rightAndWrong = new RightAndWrong();
  private readonly colourDepth = process.stdout.isTTY ? process.stdout.getColorDepth() : 1;
  /** What reads a pipe wants whole names. */
  private readonly columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  /** Known from the first ones on. */
  private isDrawn: boolean | undefined;

  /** Whether nobody reads on, as behind `| head`. */
  isUnread = false;

  constructor(private readonly isJson: boolean) {
    process.stdout.once('error', () => {
      this.isUnread = true;
    });
  }

  /** @param outcomes in order; the first are more than MOST_DRAWN if there are more in all */
  print(outcomes: readonly (Prediction | Unreadable)[]): void {
    this.isDrawn ??= outcomes.length <= MOST_DRAWN;
    for (const outcome of outcomes)
      if ('error' in outcome) fail(outcome.error);
      else this.rightAndWrong.add(outcome);
    process.stdout.write(this.isJson ? outcomes.map(json).join('') : this.text(outcomes.filter(isPrediction)));
  }

  private text(predictions: readonly Prediction[]): string {
    if (!this.isDrawn) return predictionLines(predictions, this.columns);
    return predictions.map((prediction) => predictionText(prediction, this.colourDepth)).join('');
  }

  end(): void {
    const { rightAndWrong } = this;
    if (rightAndWrong.isEmpty) return;
    process.stdout.write(this.isJson ? rightAndWrong.json() : `${this.isDrawn ? '' : '\n'}${rightAndWrong.text()}`);
  }
}

const isPrediction = (outcome: Prediction | Unreadable): outcome is Prediction => !('error' in outcome);

const json = (outcome: Prediction | Unreadable) =>
  isPrediction(outcome)
    ? predictionJson(outcome)
    : jsonLine({ event: 'error', file: outcome.file, error: oneLine(reason(outcome.error)) });
