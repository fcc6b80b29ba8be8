import { HeddleError } from '../errors.js';

/** Samples that someone wants the outputs of; their numbers lie sample by sample. */
interface Request {
  readonly samples: number;
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
  /** Samples that went into batches, and that came out of them. */
  taken: number;
  answered: number;
  readonly resolve: (outputs: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Samples of one request in a batch. */
interface Share {
  readonly request: Request;
  readonly count: number;
}

/** Requests in the order in which they came, joined to batches, and cut where they are larger than one. */
export class RequestQueue {
  /** Those without all of their outputs. */
  private readonly requests = new Set<Request>();
  private batch: readonly Share[] = [];
  private samples = 0;

  /** @param most samples that may wait
   * @param inputSize numbers of a sample, and of its output */
  constructor(
    private readonly most: number,
    private readonly inputSize: number,
    private readonly outputSize: number,
  ) {}

  /** Samples that wait for a batch. */
  get waiting(): number {
    return this.samples;
  }

  /** @param fill writes the samples' numbers
   * @returns their outputs
   * @throws HeddleError BUSY where too many would wait */
  add(samples: number, fill: (inputs: Float32Array) => void): Promise<Float32Array> {
    if (this.samples + samples > this.most)
      throw new HeddleError(
        'BUSY',
        `expected at most ${this.most} samples to wait, found ${this.samples} that do and ${samples} more; ` +
          'ask again later or for fewer at once, or make the predictor with a larger maxQueue',
      );
    const inputs = new Float32Array(samples * this.inputSize);
    fill(inputs);
    const outputs = new Float32Array(samples * this.outputSize);
    this.samples += samples;
    return new Promise((resolve, reject) => {
      this.requests.add({ samples, inputs, outputs, taken: 0, answered: 0, resolve, reject });
    });
  }

  /** Makes the next batch of so many of the samples that wait, and writes their numbers. */
  take(samples: number, inputs: Float32Array): void {
    const batch: Share[] = [];
    let place = 0;
    for (const request of this.requests) {
      const { inputs: own, taken } = request;
      const count = Math.min(samples - place, request.samples - taken);
      if (count === 0) continue; // all of it is in the batch before
      inputs.set(own.subarray(taken * this.inputSize, (taken + count) * this.inputSize), place * this.inputSize);
      request.taken += count;
      batch.push({ request, count });
      place += count;
      if (place === samples) break;
    }
    this.samples -= samples;
    this.batch = batch;
  }

  /** Hands out the outputs of the batch that was taken. */
  answer(outputs: Float32Array): void {
    let place = 0;
    for (const { request, count } of this.batch) {
      const own = outputs.subarray(place * this.outputSize, (place + count) * this.outputSize);
      request.outputs.set(own, request.answered * this.outputSize);
      request.answered += count;
      place += count;
      if (request.answered < request.samples) continue;
      this.requests.delete(request);
      request.resolve(request.outputs);
    }
  }

  /** Refuses all who have not got all of their outputs. */
  reject(error: unknown): void {
    for (const { reject } of this.requests) reject(error);
    this.requests.clear();
    this.samples = 0;
  }
}
