import type { ProfileRow } from '../program/profile.js';
import type { Shape } from '../tensor/shape.js';
import type { EpochEvaluationProgress, EpochReport, StepReport } from './metrics.js';

/** What happens in a training run: plain records, as JSON has them, one after the other. Terminal, files and pages read these. */
export type RunEvent =
  | RunStart
  | RunStep
  | RunEvaluation
  | RunNorms
  | RunFilters
  | RunAnswers
  | RunEpoch
  | RunChange
  | RunProfile
  | RunEnd;

/** The run waits for what it returns. */
export type RunListener = (event: RunEvent) => unknown;

/** A run begins, or goes on. */
export interface RunStart {
  readonly event: 'start';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Of the whole run; those of them that are done; and the steps that are. */
  readonly epochs: number;
  readonly epochsDone: number;
  readonly stepsDone: number;
  readonly trainImages: number;
  readonly testImages: number;
  readonly classes: readonly string[];
  /** [channels, height, width]. */
  readonly inputShape: Shape;
  /** Of all machines together; `machines` where there are several. */
  readonly workers: number;
  readonly machines?: number;
  readonly kernels: string;
  /** What a person is told: the data, the recipe, the network's summary. */
  readonly about: readonly string[];
  /** What the run's config.json says. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface RunStep extends StepReport {
  readonly event: 'step';
  /** Steps of the run so far. */
  readonly stepsDone: number;
}

export interface RunEvaluation extends EpochEvaluationProgress {
  readonly event: 'evaluation';
}

/** The Euclidean norms of a step's parameters, after its update, and of their gradients. */
export interface RunNorms {
  readonly event: 'norms';
  readonly stepsDone: number;
  readonly parameters: readonly { readonly name: string; readonly weight: number; readonly gradient: number }[];
}

/** The weights of the first convolution. */
export interface RunFilters {
  readonly event: 'filters';
  readonly stepsDone: number;
  /** Of the parameter. */
  readonly name: string;
  /** [filters, channels, height, width]. */
  readonly shape: Shape;
  readonly values: readonly number[];
}

/** What the network says of the images that an epoch ends with. */
export interface RunAnswers {
  readonly event: 'answers';
  readonly epoch: number;
  readonly set: 'validation' | 'test';
  /** Images, [class][what it was taken for]. */
  readonly confusionMatrix: readonly (readonly number[])[];
  /** The surest of all and, while there is room, of each cell of the matrix; the surest first. */
  readonly mistakes: readonly RunMistake[];
}

export interface RunMistake {
  /** Its place in the set. */
  readonly index: number;
  readonly label: number;
  readonly prediction: number;
  /** The probability of the prediction. */
  readonly confidence: number;
  /** Absent where a sample is no picture of 1 or 3 channels. */
  readonly image: RunPicture | undefined;
}

/** A picture of at most 64 pixels a side. */
export interface RunPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** A byte for each channel of each pixel, row by row, in base64. */
  readonly pixels: string;
}

export interface RunEpoch extends EpochReport {
  readonly event: 'epoch';
  readonly stepsDone: number;
  readonly weightsHash: string;
}

/** Somebody has changed a setting while the run went on; it holds from the next step on. */
export interface RunChange {
  readonly event: 'change';
  readonly stepsDone: number;
  readonly learningRate: number;
}

export interface RunProfile {
  readonly event: 'profile';
  readonly rows: readonly ProfileRow[];
}

/** The run is over, or was interrupted. */
export interface RunEnd {
  readonly event: 'end';
  readonly interrupted: boolean;
  /** The command that goes on, of an interrupted run. */
  readonly resume: string | undefined;
  /** Epochs that were trained and evaluated to their end. */
  readonly epochs: number;
  /** The run's folder, and the files in it. */
  readonly out: string;
  readonly files: readonly string[];
  readonly weightsHash: string;
}
