import { join } from 'node:path';
import { oneLine } from '../../errors.js';
import { percentText } from '../../pages/format.js';
import { importance } from '../../search/importance.js';
import { bestTrial, type Study, type Trial } from '../../search/study.js';
import type { EpochEvaluationProgress, StepReport } from '../../training/metrics.js';
import { bestCommand } from '../options/bestCommand.js';
import { isTerminal, type Progress, progressBar } from './progressBar.js';
import { studyTable } from './studyTable.js';

/** What a search tells while it goes. */
interface StudyOutput {
  /** @param trial the one that has changed; before the search goes on the last one, if there is any */
  readonly change: (study: Study, trial: Trial | undefined) => void;
  readonly step: (report: StepReport) => void;
  readonly evaluation: (progress: EpochEvaluationProgress) => void;
  /** @param resume the command that goes on with the study, if it was stopped */
  readonly end: (study: Study, folder: string, resume: string | undefined) => void;
}

/** @param trials how many there will be, if that is known */
export function createStudyOutput(json: boolean, trials: number | undefined): StudyOutput {
  if (json) return jsonOutput;
  return isTerminal() ? tableOutput(trials) : plainOutput;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

const jsonOutput: StudyOutput = {
  change: (_, trial) => trial && print(JSON.stringify({ event: 'trial', ...trial })),
  step: () => {},
  evaluation: () => {},
  end: (study, folder, resume) => {
    const result = { stopped: resume !== undefined, resume, folder, best: bestTrial(study) };
    print(JSON.stringify({ event: 'end', ...result, importance: importance(study) }));
  },
};

/** Logs get a line when a trial begins, and one after each epoch. */
const plainOutput: StudyOutput = {
  change: ({ config }, trial) => trial && print(lineOf(trial, config.epochs)),
  step: () => {},
  evaluation: () => {},
  end: closing,
};

function lineOf({ trial, settings, state, epochs, accuracy, reason }: Trial, epochsWanted: number): string {
  if (state === 'failed') return `trial ${trial} failed: ${reason}`;
  if (state !== 'running') return `trial ${trial} ${state} with ${percentText(accuracy)}`;
  return epochs.length === 0
    ? `trial ${trial}: ${JSON.stringify(settings)}`
    : `trial ${trial} epoch ${epochs.length}/${epochsWanted} accuracy ${percentText(accuracy)}`;
}

/** A table that is written over in its place, with the running epoch's progress below. */
function tableOutput(trials: number | undefined): StudyOutput {
  let lines: string[] = [];
  let shown = 0;
  const draw = (progress: string) => {
    const { columns } = process.stdout;
    const text = [...lines, progress].map((line) => `${line.slice(0, columns - 1)}\x1b[K\n`).join('');
    process.stdout.write(`${shown > 0 ? `\x1b[${shown}A` : ''}${text}\x1b[J`);
    shown = lines.length + 1;
  };
  const bar = (progress: Progress) => draw(progressBar(progress, process.stdout.columns - 1));
  return {
    change(study) {
      const { columns: width, rows } = process.stdout;
      lines = studyTable(study, { width, height: rows - 3 }, trials);
      draw('');
    },
    step: ({ step, steps, ...report }) => bar({ ...report, title: `epoch ${report.epoch}`, done: step, total: steps }),
    evaluation: ({ set, images, count, ...report }) =>
      bar({ ...report, title: `epoch ${report.epoch} ${set}`, done: images, total: count }),
    end: closing,
  };
}

function closing(study: Study, folder: string, resume: string | undefined): void {
  const best = bestTrial(study);
  const original = study.config.first.length > 0 ? study.trials[0] : undefined;
  if (best) {
    const compared = original ? `; the recipe as it is: ${percentText(original.accuracy)}` : '';
    print(`\nThe best is trial ${best.trial}: ${percentText(best.accuracy)} of the validation images${compared}`);
    for (const [name, value] of Object.entries(best.settings)) print(`  ${oneLine(`${name} ${value}`)}`);
    print(`Train with it: ${bestCommand(study, folder)}`);
  }
  const shares = importance(study).map(({ name, share }) => `${name} ${Math.round(100 * share)}%`);
  if (shares.length > 0) print(`What mattered: ${shares.join(', ')}`);
  print(oneLine(`To look at: ${join(folder, 'study.html')}`));
  if (resume) print(`${goingOn(study)}: ${resume}`);
}

/** What stands before the command that goes on with a study. */
export const goingOn = ({ config: { ranks } }: Study): string =>
  ranks ? `To go on, with mpirun on ${ranks} ranks as before` : 'To go on';
