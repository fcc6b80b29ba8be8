import { oneLine } from '../../errors.js';
import { percentText } from '../../pages/format.js';
import type { RunEnd, RunEvent, RunListener, RunProfile, RunStart } from '../../training/events.js';
import type { EpochReport } from '../../training/metrics.js';
import { profileTable } from './profileTable.js';
import { clearLine, drawProgress, isTerminal } from './progressBar.js';

/** What is done about the events of a run, by their names. */
type Handlers = { readonly [Event in RunEvent as Event['event']]?: (event: Event) => unknown };

const listener =
  (handlers: Handlers): RunListener =>
  (event) =>
    handlers[event.event]?.(event as never);

/** Tells a run while it goes.
 * @param validation whether there is a validation set */
export function trainingOutput(json: boolean, epochs: number, validation: boolean): RunListener {
  if (json) return listener(jsonOutput);
  return listener(isTerminal() ? terminalOutput(epochs, validation) : plainOutput(epochs));
}

export const warning = (text: string) => process.stderr.write(`warning: ${text}\n`);
const print = (line: string) => process.stdout.write(`${line}\n`);
const decimal = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(4));

const printJson = (event: object) => print(JSON.stringify(event));

const jsonOutput: Handlers = {
  start: ({ event, config, workers, machines }) =>
    printJson({ event, ...config, ...(machines && { machines, workers }) }),
  epoch: ({ stepsDone, ...epoch }) => printJson(epoch),
  change: printJson,
  profile: printJson,
  end: printJson,
};

function opening({ workers, machines, kernels, trainImages, testImages, about }: RunStart): void {
  const threads = machines
    ? `${machines} machines, ${workers} workers in all`
    : `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  print(
    `${about.join('\n\n')}\n\n${trainImages} training and ${testImages} test images, ${threads}, ${kernels} kernels\n`,
  );
}

const closing = ({ interrupted, resume, out, files }: RunEnd) => {
  print(oneLine(`${interrupted ? 'Stopped before the end; wrote' : 'Wrote'} ${files.join(', ')} to ${out}`));
  if (resume) print(`To go on: ${resume}`);
};

const printProfile = ({ rows }: RunProfile) => print(`\n${profileTable(rows)}\n`);

const validationText = ({ validationLoss: loss, validationAccuracy: accuracy }: EpochReport) =>
  accuracy === undefined ? '' : ` validation loss ${decimal(loss)} accuracy ${percentText(accuracy)}`;

/** Logs get one line every hundred steps and one every epoch. */
const plainOutput = (epochs: number): Handlers => ({
  start: opening,
  step: ({ epoch, step, steps, loss, accuracy, imagesPerSecond }) => {
    if (step % 100 === 0)
      print(
        `epoch ${epoch}/${epochs} step ${step}/${steps} loss ${decimal(loss)} accuracy ${percentText(accuracy)} ${imagesPerSecond.toFixed(0)} images/s`,
      );
  },
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
function terminalOutput(epochs: number, validation: boolean): Handlers {
  const heads = columns.filter(([head]) => validation || !head.startsWith('valid.'));
  /** The seconds of training to come, without the evaluations; not known when a run goes on with an evaluation. */
  let trainingLeft: number | undefined;
  return {
    start: (event) => {
      opening(event);
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
