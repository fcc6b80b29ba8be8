import cliProgress from 'cli-progress';
import type { EpochReport, StepReport } from '../training/trainer.js';

/** What a training run tells while it goes. */
export interface Reporter {
  start(config: Record<string, unknown>, summary: string): void;
  step(report: StepReport): void;
  epoch(report: EpochReport & { weightsHash: string }): void;
  end(outcome: { interrupted: boolean; out: string; files: readonly string[]; weightsHash: string }): void;
}

export function createReporter(json: boolean, epochs: number): Reporter {
  if (json) return jsonReporter;
  return process.stdout.isTTY ? terminalReporter(epochs) : plainReporter(epochs);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const percent = (share: number | undefined) => (share === undefined ? '–' : `${(100 * share).toFixed(2)}%`);
const duration = (seconds: number) =>
  seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
const decimal = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(4));

const jsonReporter: Reporter = {
  start: (config) => print(JSON.stringify({ event: 'start', ...config })),
  step: () => {},
  epoch: (report) => print(JSON.stringify({ event: 'epoch', ...report })),
  end: (outcome) => print(JSON.stringify({ event: 'end', ...outcome })),
};

const columns = ['epoch', 'train loss', 'train acc.', 'test loss', 'test acc.', 'seconds', 'images/s'];
const tableRow = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(columns[i].length)).join('   ');

const epochRow = (report: EpochReport) =>
  tableRow([
    String(report.epoch),
    decimal(report.trainLoss),
    percent(report.trainAccuracy),
    decimal(report.testLoss),
    percent(report.testAccuracy),
    report.seconds.toFixed(1),
    report.imagesPerSecond.toFixed(0),
  ]);

const closing: Reporter['end'] = ({ interrupted, out, files }) =>
  print(`${interrupted ? 'Stopped before the end; wrote' : 'Wrote'} ${files.join(', ')} to ${out}`);

const opening = ({ workers, kernels, trainImages, testImages }: Record<string, unknown>, summary: string) =>
  print(
    `${summary}\n\n${trainImages} training and ${testImages} test images, ${workers} workers, ${kernels} kernels\n`,
  );

/** One line every hundred steps and one every epoch, for logs. */
const plainReporter = (epochs: number): Reporter => ({
  start: (config, summary) => {
    opening(config, summary);
  },
  step: ({ epoch, step, steps, loss, accuracy, imagesPerSecond }) => {
    if (step % 100 === 0)
      print(
        `epoch ${epoch}/${epochs} step ${step}/${steps} loss ${decimal(loss)} accuracy ${percent(accuracy)} ${imagesPerSecond.toFixed(0)} images/s`,
      );
  },
  epoch: (report) =>
    print(
      `epoch ${report.epoch}/${epochs} train loss ${decimal(report.trainLoss)} accuracy ${percent(report.trainAccuracy)} test loss ${decimal(report.testLoss)} accuracy ${percent(report.testAccuracy)} ${report.seconds.toFixed(1)} s ${report.imagesPerSecond.toFixed(0)} images/s`,
    ),
  end: closing,
});

/** A progress bar that gives way to one table row after each epoch. */
function terminalReporter(epochs: number): Reporter {
  let bar: cliProgress.SingleBar | undefined;
  const clear = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    start: (config, summary) => {
      opening(config, summary);
      print(tableRow(columns));
    },
    step: ({ epoch, step, steps, stepsPerSecond, loss, accuracy, imagesPerSecond }) => {
      if (!bar) {
        bar = new cliProgress.SingleBar({
          format: `epoch {epoch}/${epochs} {bar} {value}/{total}  loss {loss}  accuracy {accuracy}  {speed} images/s  {left} left`,
          ...{ barsize: 20, barCompleteChar: '█', barIncompleteChar: '░', clearOnComplete: true, hideCursor: true },
          stopOnComplete: false,
        });
        bar.start(steps, 0);
      }
      const stepsLeft = steps - step + (epochs - epoch) * steps;
      bar.update(step, {
        ...{ epoch, loss: decimal(loss), accuracy: percent(accuracy), speed: imagesPerSecond.toFixed(0) },
        left: duration(stepsLeft / stepsPerSecond),
      });
    },
    epoch: (report) => {
      clear();
      print(epochRow(report));
    },
    end: (outcome) => {
      clear();
      closing(outcome);
    },
  };
}
