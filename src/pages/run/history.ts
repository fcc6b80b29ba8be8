import type {
  RunAnswers,
  RunChange,
  RunEnd,
  RunEpoch,
  RunEvaluation,
  RunEvent,
  RunFilters,
  RunNorms,
  RunStart,
  RunStep,
} from '../../training/events.js';

/** A curve has at most so many points. */
export const MOST_POINTS = 4096;

/** The mean of some steps that follow each other. */
export interface CurvePoint {
  /** Epochs since the run's beginning: 1.5 in the middle of the second. */
  readonly epoch: number;
  readonly loss: number;
  /** Absent without classes. */
  readonly accuracy?: number | undefined;
  readonly learningRate: number;
}

/** What has happened in a run so far, as its page shows it: a plain record, which goes through JSON. */
export interface RunHistory {
  /** The run's folder. */
  readonly title: string;
  /** An earlier run on the same data, which stands faint behind this one. */
  before?: Pick<RunHistory, 'title' | 'epochs'>;
  start?: RunStart;
  /** Each the mean of `stride` steps; where there are too many, neighbours become one. */
  points: CurvePoint[];
  stride: number;
  /** Steps that are no point yet. */
  open: CurvePoint[];
  step?: RunStep;
  /** The evaluation that goes on. */
  evaluation?: RunEvaluation | undefined;
  readonly epochs: RunEpoch[];
  readonly changes: (RunChange & Pick<CurvePoint, 'epoch'>)[];
  norms?: RunNorms;
  filters?: RunFilters;
  /** The newest of each set. */
  readonly answers: Partial<Record<RunAnswers['set'], RunAnswers>>;
  end?: RunEnd;
}

export const newHistory = (title: string): RunHistory => ({
  title,
  points: [],
  stride: 1,
  open: [],
  epochs: [],
  changes: [],
  answers: {},
});

/** Has the history tell of an event, too. */
export function record(history: RunHistory, event: RunEvent): void {
  switch (event.event) {
    case 'step':
      history.evaluation = undefined;
      history.step = event;
      addPoint(history, event);
      return;
    case 'epoch':
      history.evaluation = undefined;
      history.epochs.push(event);
      return;
    case 'change':
      history.changes.push({ ...event, epoch: epochsSoFar(history) });
      return;
    case 'answers':
      history.answers[event.set] = event;
      return;
    case 'start':
    case 'evaluation':
    case 'norms':
    case 'filters':
    case 'end':
      Object.assign(history, { [event.event]: event });
      return;
    case 'profile':
  }
}

/** Where a run is, in epochs since its beginning. */
export function epochsSoFar({ step, start, epochs }: RunHistory): number {
  const trained = step ? step.epoch - 1 + step.step / step.steps : 0;
  return Math.max(trained, start?.epochsDone ?? 0, epochs.at(-1)?.epoch ?? 0);
}

function addPoint(history: RunHistory, { epoch, step, steps, ofStep, learningRate }: RunStep): void {
  const { loss, accuracy } = ofStep;
  history.open.push({ epoch: epoch - 1 + step / steps, loss, accuracy, learningRate });
  if (history.open.length < history.stride) return;
  history.points.push(meanOf(history.open));
  history.open = [];
  if (history.points.length < MOST_POINTS) return;
  history.stride *= 2;
  history.points = Array.from({ length: MOST_POINTS / 2 }, (_, i) => meanOf(history.points.slice(2 * i, 2 * i + 2)));
}

function meanOf(points: readonly CurvePoint[]): CurvePoint {
  const mean = (value: (point: CurvePoint) => number) =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length;
  return {
    epoch: mean(({ epoch }) => epoch),
    loss: mean(({ loss }) => loss),
    accuracy: points[0].accuracy === undefined ? undefined : mean(({ accuracy }) => accuracy ?? 0),
    learningRate: mean(({ learningRate }) => learningRate),
  };
}
