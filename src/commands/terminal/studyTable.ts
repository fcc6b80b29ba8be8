import { isFixed } from '../../search/space.js';
import { bestTrial, ranked, type Study, type Trial } from '../../search/study.js';

const GAP = '  ';

/** A study as a table: how far it is, then the running trial (>) and those that have ended, the best first (*). A trial
 * that was stopped early has fewer epochs than there could be. Lines and settings for which there is no room are left
 * out.
 * @param size of the terminal, in columns and lines
 * @param trials how many there will be, if that is known */
export function studyTable(study: Study, size: { width: number; height: number }, trials?: number): string[] {
  const { width, height } = size;
  const best = bestTrial(study);
  const running = study.trials.filter(({ state }) => state === 'running');
  const names = Object.entries(study.config.space).flatMap(([name, parameter]) => (isFixed(parameter) ? [] : [name]));
  const rows = [...running, ...ranked(study)].map((trial) => [
    `${trial === best ? '*' : trial.state === 'running' ? '>' : ' '} ${String(trial.trial).padStart(5)}`,
    `${trial.epochs.length}/${study.config.epochs}`,
    accuracyOf(trial),
    ...names.map((name) => String(trial.settings[name])),
  ]);
  const headings = ['  trial', 'epoch', 'accuracy', ...names].map(twoLines);
  const columns = headings.map(([upper, lower], column) => [upper, lower, ...rows.map((row) => row[column])]);
  const lines = joined(columns, width);
  const room = Math.max(height - 1, 3);
  const shown = lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`] : lines;
  return [progress(study, trials), ...shown].map((line) => line.slice(0, width));
}

const accuracyOf = ({ state, accuracy }: Trial) =>
  state === 'failed' ? 'failed' : accuracy === undefined ? '–' : `${(100 * accuracy).toFixed(2)}%`;

/** Cuts a name such as `weightDecay`, so that its second word comes below the first one. */
function twoLines(name: string): [string, string] {
  const second = /[A-Z]/.exec(name)?.index ?? 0;
  return [name.slice(0, second), name.slice(second).toLowerCase()];
}

/** Columns side by side, each aligned to the right, as many as there is room for. */
function joined(columns: readonly (readonly string[])[], width: number): string[] {
  let lines = columns[0].map(() => '');
  for (const column of columns) {
    const widest = Math.max(...column.map(({ length }) => length));
    const wider = lines.map((line, i) => `${line}${line && GAP}${column[i].padStart(widest)}`);
    if (wider[0].length > width) break;
    lines = wider;
  }
  return lines.map((line) => line.trimEnd());
}

function progress(study: Study, trials: number | undefined): string {
  const ended = ranked(study);
  const counts = (['complete', 'pruned', 'failed'] as const)
    .map((state) => `${ended.filter((trial) => trial.state === state).length} ${state}`)
    .join(', ');
  return `${ended.length}${trials === undefined ? '' : ` of ${trials}`} trials: ${counts}`;
}
