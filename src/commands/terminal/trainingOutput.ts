import { oneLine } from '../../errors.js';
import { percentText } from '../../pages/format.js';
import type { ProfileRow } from '../../program/profile.js';
import type { EpochEvaluationProgress, EpochReport, StepReport } from '../../training/metrics.js';
import { profileTable } from './profileTable.js';
import { clearLine, drawProgress, isTerminal } from './progressBar.js';

/** What a training run tells while it goes. */
export interface TrainingOutput {
  /** @param about parts of a text that tells of the run */
  start(config: RunConfig, about: readonly string[]): void;
  step(report: StepReport): void;
  evaluation(progress: EpochEvaluationProgress): void;
  epoch(report: EpochReport & { weightsHash: string }): void;
  profile(rows: readonly ProfileRow[]): void;
  end(outcome: RunOutcome): void;
}

/** `workers` of all machines together; `machines` where there are several. */
type RunConfig = Readonly<Record<'workers' | 'trainImages' | 'testImages', number>> & {
  readonly machines?: number;
  readonly kernels: string;
};

interface RunOutcome {
  readonly interrupted: boolean;
  /** The command that goes on, of an interrupted run. */
  readonly resume: string | undefined;
  /** Epochs that were trained and evaluated to their end. */
  readonly epochs: number;
  readonly out: string;
  readonly files: readonly string[];
  readonly weightsHash: string;
}

/** @param validation whether there is a validation set */
export function createTrainingOutput(json: boolean, epochs: number, validation: boolean): TrainingOutput {
  if (json) return jsonOutput;
  return isTerminal() ? terminalOutput(epochs, validation) : plainOutput(epochs);
}

export const warning = (text: string) => process.stderr.write(`warning: ${text}\n`);
const print = (line: string) => process.stdout.write(`${line}\n`);
const decimal = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(4));

const jsonOutput: TrainingOutput = {
  start: (config) => print(JSON.stringify({ event: 'start', ...config })),
  step: () => {},
  evaluation: () => {},
  epoch: (report) => print(JSON.stringify({ event: 'epoch', ...report })),
  profile: (rows) => print(JSON.stringify({ event: 'profile', rows })),
  end: (outcome) => print(JSON.stringify({ event: 'end', ...outcome })),
};

function opening({ workers, machines, kernels, trainImages, testImages }: RunConfig, about: readonly string[]): void {
  const threads = machines
    ? `${machines} machines, ${workers} workers in all`
    : `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  print(
    `${about.join('\n\n')}\n\n${trainImages} training and ${testImages} test images, ${threads}, ${kernels} kernels\n`,
  );
}

const closing = ({ interrupted, resume, out, files }: RunOutcome) => {
  print(oneLine(`${interrupted ? 'Stopped before the end; wrote' : 'Wrote'} ${files.join(', ')} to ${out}`));
  if (resume) print(`To go on: ${resume}`);
};

const printProfile = (rows: readonly ProfileRow[]) => print(`\n${profileTable(rows)}\n`);

const validationText = ({ validationLoss: loss, validationAccuracy: accuracy }: EpochReport) =>
  accuracy === undefined ? '' : ` validation loss ${decimal(loss)} accuracy ${percentText(accuracy)}`;

/** Logs get one line every hundred steps and one every epoch. */
const plainOutput = (epochs: number): TrainingOutput => ({
  start: opening,
  step: ({ epoch, step, steps, loss, accuracy, imagesPerSecond }) => {
    if (step % 100 === 0)
      print(
        `epoch ${epoch}/${epochs} step ${step}/${steps} loss ${decimal(loss)} accuracy ${percentText(accuracy)} ${imagesPerSecond.toFixed(0)} images/s`,
      );
  },
  evaluation: () => {},
  epoch: (report) =>
    print(
      `epoch ${report.epoch}/${epochs} train loss ${decimal(report.trainLoss)} accuracy ${percentText(report.trainAccuracy)}${validationText(report)} test loss ${decimal(report.testLoss)} accuracy ${percentText(report.testAccuracy)} ${report.seconds.toFixed(1)} s ${report.imagesPerSecond.toFixed(0)} images/s`,
    ),
  profile: printProfile,
  end: closing,
});

/** A table's columns: their heads, and what stands below. */
const columns: readonly (readonly [head: string, cell: (report: EpochReport) => string])[] = [
  ['epoch', ({ epoch }) => String(epoch)],
  ['train loss', ({ trainLoss }) => decimal(trainLoss)],
  ['train acc.', ({ trainAccuracy }) => percentText(trainAccuracy)],
  ['valid. loss', ({ validationLoss }) => decimal(validationLoss)],
  ['valid. acc.', ({ validationAccuracy }) => percentText(validationAccuracy)],
  ['test loss', ({ testLoss }) => decimal(testLoss)],
  ['test acc.', ({ testAccuracy }) => percentText(testAccuracy)],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ['images/s', ({ imagesPerSecond }) => imagesPerSecond.toFixed(0)],
];

/** A line of progress that is written over at each step and gives way to one table row after each epoch. */
function terminalOutput(epochs: number, validation: boolean): TrainingOutput {
  const heads = columns.filter(([head]) => validation || !head.startsWith('valid.'));
  /** The seconds of training to come, without the evaluations; not known when a run goes on with an evaluation. */
  let trainingLeft: number | undefined;
  return {
    start: (config, summary) => {
      opening(config, summary);
      print(heads.map(([head]) => head).join('   '));
    },
    step: ({ epoch, step, steps, ...report }) => {
      trainingLeft = (steps - step + (epochs - epoch) * steps) / report.stepsPerSecond;
      const title = `epoch ${epoch}/${epochs}`;
      drawProgress({ ...report, title, done: step, total: steps, secondsLeft: trainingLeft });
    },
    evaluation: ({ epoch, set, images, count, ...report }) => {
      const title = `epoch ${epoch}/${epochs} ${set}`;
      const left = (count - images) / report.imagesPerSecond;
      const secondsLeft = trainingLeft === undefined ? undefined : trainingLeft + left;
      drawProgress({ ...report, title, done: images, total: count, secondsLeft });
    },
    epoch: (report) => {
      clearLine();
      print(heads.map(([head, cell]) => cell(report).padStart(head.length)).join('   '));
    },
    profile: printProfile,
    end: (outcome) => {
      clearLine();
      closing(outcome);
    },
  };
}
