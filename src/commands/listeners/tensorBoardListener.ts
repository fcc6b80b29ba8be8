import type { SummaryValue } from '../../formats/tensorBoard/event.js';
import { EventFile } from '../../formats/tensorBoard/eventFile.js';
import type { RunEpoch, RunFilters, RunListener, RunNorms, RunStart, RunStep } from '../../training/events.js';
import { filterGrid } from './filterGrid.js';

/** Writes what happens in a run to an event file of TensorBoard's in a folder: docs/metrics.md lists the tags. */
export function tensorBoardListener(folder: string): RunListener {
  let file: EventFile;
  const atExit = () => {
    try {
      file.flush();
    } catch {} // the error that matters is the one that the run has failed with
  };
  return async (event) => {
    switch (event.event) {
      case 'start':
        file = await EventFile.create(folder, event.stepsDone);
        process.once('exit', atExit); // of a run that fails
        return file.add(event.stepsDone, startValues(event));
      case 'step':
        return file.add(event.stepsDone, stepValues(event));
      case 'norms':
        return file.add(event.stepsDone, normValues(event));
      case 'filters':
        return file.add(event.stepsDone, filterValues(event));
      case 'epoch':
        return file.add(event.stepsDone, epochValues(event));
      case 'end':
        process.off('exit', atExit);
        return file.flush();
    }
  };
}

/** Markdown that shows a text as it is. */
const verbatim = (text: string) => text.replace(/^/gm, '    ');

const startValues = ({ about, config }: RunStart): SummaryValue[] => [
  { tag: 'about', text: verbatim(about.join('\n\n')) },
  { tag: 'config', text: verbatim(JSON.stringify(config, undefined, 2)) },
];

const stepValues = ({ ofStep, learningRate, imagesPerSecond }: RunStep): SummaryValue[] => [
  { tag: 'loss/train', scalar: ofStep.loss },
  ...(ofStep.accuracy === undefined ? [] : [{ tag: 'accuracy/train', scalar: ofStep.accuracy }]),
  { tag: 'learning_rate', scalar: learningRate },
  { tag: 'images_per_second', scalar: imagesPerSecond },
];

const normValues = ({ parameters }: RunNorms): SummaryValue[] =>
  parameters.flatMap(({ name, weight, gradient }) => [
    { tag: `weight_norm/${name}`, scalar: weight },
    { tag: `gradient_norm/${name}`, scalar: gradient },
  ]);

const filterValues = (filters: RunFilters): SummaryValue[] => [
  { tag: `filters/${filters.name}`, image: filterGrid(filters) },
];

/** The metrics of each set. Those of the training set's whole epoch are apart from those of its steps. */
const epochValues = (report: RunEpoch): SummaryValue[] =>
  Object.entries(report).flatMap(([name, value]) => {
    const [, set, metric] = /^(train|validation|test)([A-Z]\w*)$/.exec(name) ?? [];
    if (set === undefined || typeof value !== 'number') return [];
    const tag = metric.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    return [{ tag: `${tag}/${set === 'train' ? 'train_epoch' : set}`, scalar: value }];
  });
