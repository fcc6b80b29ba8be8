import type { Steps } from './workloads.js';

/** What a training came to in one round. */
export interface Round {
  readonly imagesPerSecond: number;
  /** heddle's, after the round. */
  readonly weightsHash?: string;
}

export interface PeerTraining extends Steps {
  /** How far its losses are from heddle's, and how far they may be, over the largest of them. */
  readonly error: number;
  readonly tolerance: number;
  /** What computes for WebGL, by its own name. */
  readonly renderer?: string;
}

export interface About {
  readonly version: string;
  /** Of TensorFlow.js. */
  readonly peer?: PeerTraining;
}

/** A training that goes on, round by round. */
export interface Training {
  readonly about: About;
  train(): Promise<Round>;
}
