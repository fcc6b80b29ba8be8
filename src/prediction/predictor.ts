import ndarray from 'ndarray';
import { channelsFirst, toChannelsLast } from '../network/channelOrder.js';
import { withinMemory } from '../network/memory.js';
import type { Model } from '../network/model.js';
import { type Meaning, meaningOf, type Prediction } from '../network/predict.js';
import { nodePlatform } from '../parallel/nodePlatform.js';
import { WorkerPool } from '../parallel/pool.js';
import { sizeOf } from '../tensor/shape.js';
import { readBatch, type TensorLike } from '../tensor/tensorLike.js';
import { rowMajor } from '../tensor/view.js';
import { type PredictionName, PredictionProgram, type PredictionSetup } from './predictionProgram.js';
import { type PredictorConfig, type PredictorOptions, predictorConfig } from './predictorOptions.js';
import { RequestQueue } from './requestQueue.js';

/** A model's answers from worker threads, while the main thread goes on: for a server. Requests that come while the workers
 * are busy are answered together, in batches; one that finds them free is computed at once, by all of them. Each sample's
 * answer has the bits that `model.predict` gives it, whatever it was computed with, unless one of the two computes with the
 * kernels `relaxed`.
 *
 * It has a copy of the weights as they are when it is made. From a twentieth of a second after the last answer it takes no time
 * of a core and does not keep the process from ending; `close` ends its threads.
 *
 * @throws HeddleError ARGUMENT for a layer that worker threads cannot make, and for a BatchNorm without running statistics:
 *   a sample's answer would depend on who else asks */
export class Predictor {
  private readonly config: PredictorConfig;
  private readonly program: PredictionProgram;
  private readonly queue: RequestQueue;
  private readonly pool: WorkerPool<PredictionSetup, PredictionName, unknown>;
  private atWork = false;
  private prepared = false;
  private batches = 0;

  constructor(model: Model, given?: PredictorOptions, ...others: never[]) {
    this.config = predictorConfig(model, given, others);
    const { config } = this;
    this.program = withinMemory(
      config,
      () => new PredictionProgram(config),
      (sizes, arena) => new PredictionProgram({ ...config, ...sizes, kernels: 'reference' }, arena),
    );
    const { arena, inputShape, outputShape } = this.program.model;
    this.program.model.loadStateDict(model.stateDict());
    this.queue = new RequestQueue(config.maxQueue, sizeOf(inputShape), sizeOf(outputShape));
    const setup = { work: 'prediction', config, memory: arena.memory } as const;
    this.pool = new WorkerPool({
      words: { owner: 'predictor', pass: 'batch' },
      startThreads: nodePlatform.startThreads,
      workers: config.workers,
      programs: this.program.phases,
      groups: 0,
      setup,
    });
  }

  /** A classifier's answers for one sample or several, in evaluation mode; more than the batch size are answered in several
   * batches. The input is read before this returns.
   *
   * @param input [samples, ...inputShape] in PyTorch's order (NCHW)
   * @throws HeddleError SHAPE when the input does not fit the model; BUSY when more than maxQueue samples would wait; WORKER
   *   when a worker thread fails; STATE when the predictor is closed before the answer, or was, or a worker has failed */
  predict(input: TensorLike): Promise<Prediction>;
  /** What the outputs of a network mean that another loss has trained, as `model.predict` gives it.
   *
   * @param options loss: what the network was trained by */
  predict<Answers>(input: TensorLike, options: { readonly loss: Meaning<Answers> }): Promise<Answers>;
  async predict<Answers>(input: TensorLike, options?: { readonly loss?: Meaning<Answers> }): Promise<unknown> {
    const { inputShape, outputShape } = this.program.model;
    const meaning = meaningOf(options);
    const batch = readBatch('the input', input, inputShape);
    const [samples] = batch.shape;
    const outputs = this.queue.add(samples, (inputs) => toChannelsLast(batch, inputShape, inputs));
    if (!this.atWork) this.work();
    return meaning.predictionOf(ndarray(await outputs, [samples, ...outputShape]));
  }

  /** Computes batches until nobody waits. */
  private async work(): Promise<void> {
    this.atWork = true;
    try {
      await undefined; // those who ask in the same turn go together
      if (!this.prepared) await this.run('prepare', 1);
      this.prepared = true;
      while (this.queue.waiting > 0) await this.answerBatch();
    } catch (error) {
      this.queue.reject(error);
    } finally {
      this.atWork = false;
    }
  }

  private async answerBatch(): Promise<void> {
    const samples = Math.min(this.queue.waiting, this.config.batchSize);
    const name = samples === 1 ? 'single' : 'batch';
    const { input, output } = this.program.plans[name];
    this.queue.take(samples, input.data);
    await this.run(name, samples);
    this.batches++;
    this.queue.answer(rowMajor(channelsFirst(output.data, output.shape, samples)));
  }

  private run(name: PredictionName, samples: number): Promise<void> {
    // Each sample is a shard, as in any evaluation.
    const pass = { samples, shards: samples, training: false, number: this.batches, learningRate: 0 };
    return this.pool.run(name, pass, undefined);
  }

  /** Ends the worker threads; who waits for an answer gets an error. */
  async close(): Promise<void> {
    await this.pool.close();
  }
}
