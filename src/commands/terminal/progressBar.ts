import { durationText, percentText } from '../../pages/format.js';
import type { Metrics } from '../../training/metrics.js';

export interface Progress extends Partial<Metrics> {
  /** What goes on, such as "epoch 1/5 test". */
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly imagesPerSecond: number;
  /** The seconds until the end, where they are known. */
  readonly secondsLeft?: number | undefined;
}

/** The shortest bar that still tells something, and the longest. */
const [LEAST, MOST] = [4, 24];

/** A line of so many columns at most; in a narrow terminal numbers are left out, the least important ones first. */
export function progressBar(progress: Progress, columns: number): string {
  const { title, done, total, loss, accuracy, imagesPerSecond, secondsLeft } = progress;
  const speed = `${imagesPerSecond.toFixed(0)} images/s`;
  const numbers = [
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(accuracy === undefined ? [] : [`accuracy ${percentText(accuracy)}`]),
  ];
  const left = secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`];
  let details = [`${done}/${total}`, ...numbers, speed, ...left];
  const room = () => columns - `${title}  ${details.join(' ')}`.length;
  for (const least of [speed, ...numbers, ...left])
    if (room() < LEAST) details = details.filter((detail) => detail !== least);
  const width = Math.max(0, Math.min(MOST, room()));
  const filled = Math.round((width * done) / total);
  return `${title} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${details.join(' ')}`.slice(0, columns);
}

/** Whether lines can be written over: mpirun gives its processes a terminal without a width, whose output may go to a file. */
export const isTerminal = () => process.stdout.isTTY && process.stdout.columns > 0;

export const clearLine = () => process.stdout.write('\r\x1b[K');

/** Draws the bar on a terminal, in place of the line that the cursor is in. */
export function drawProgress(progress: Progress): void {
  clearLine();
  process.stdout.write(progressBar(progress, process.stdout.columns - 1));
}
