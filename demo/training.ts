import type { Dataset } from '../src/data/dataset.js';
import type { MnistDataset } from '../src/data/mnist/mnistDataset.js';
import { firstSamples } from '../src/data/subsets.js';
import { fashionMnistClasses } from '../src/datasets/fashionMnistClasses.js';
import { fashionNetInput } from '../src/fashionMnist/network.js';
import { fashionMnistNormalization } from '../src/fashionMnist/normalization.js';
import { version } from '../src/formats/version.js';
import { SGD } from '../src/optimizers/sgd.js';
import type { RunListener } from '../src/training/events.js';
import type { StepReport } from '../src/training/metrics.js';
import { observe } from '../src/training/observe.js';
import { Trainer } from '../src/web.js';
import { networks, type Settings } from './settings.js';

export interface Sets {
  readonly train: MnistDataset;
  readonly test: MnistDataset;
}

/** A training in this page: it tells its events, and waits between two steps while it is paused. */
export class Training {
  readonly trainer: Trainer;
  private readonly stopping = new AbortController();
  /** Settled when the last pause is over. */
  private pause = Promise.resolve();
  private goOn: (() => void) | undefined;

  /** @param between called while the weights rest between two steps; it is told whether they do for longer
   * @throws HeddleError MEMORY */
  constructor(
    private readonly settings: Settings,
    private readonly tell: RunListener,
    private readonly between: (isLong: boolean) => void,
  ) {
    const { network, lr, seed, workers, 'batch-size': batchSize } = settings;
    this.trainer = new Trainer(networks[network](), {
      inputShape: fashionNetInput,
      normalization: fashionMnistNormalization,
      optimizer: new SGD({ learningRate: lr }),
      batchSize,
      seed,
      ...(workers === undefined ? {} : { workers }),
    });
  }

  get paused(): boolean {
    return this.goOn !== undefined;
  }

  get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  pauseOrGoOn(): void {
    if (this.goOn) {
      this.goOn();
      this.goOn = undefined;
    } else
      this.pause = new Promise((resolve) => {
        this.goOn = resolve;
      });
  }

  /** After the running step. */
  stop(): void {
    this.stopping.abort();
    if (this.paused) this.pauseOrGoOn();
  }

  /** Trains to the end, or until it is stopped, once. @throws HeddleError DIVERGED, WORKER as Trainer's fit */
  async run({ train: all, test }: Sets): Promise<void> {
    const { trainer, settings, tell } = this;
    const train = firstSamples(all, settings.limit);
    const seen = observe(trainer, tell, { test, insights: true });
    const options = {
      epochs: settings.epochs,
      test,
      ...seen,
      signal: this.stopping.signal,
      onStep: async (report: StepReport) => {
        await seen.onStep(report);
        this.between(this.paused || report.step === report.steps);
        await this.pause;
      },
    };
    try {
      await tell(this.start(train, test));
      this.between(true);
      for await (const report of trainer.fit(train, options))
        await tell({ event: 'epoch', ...report, stepsDone: trainer.steps, weightsHash: trainer.weightsHash() });
      this.between(true);
      const { epochsDone: epochs } = trainer;
      const interrupted = epochs < settings.epochs;
      const outcome = { interrupted, resume: undefined, epochs, out: 'this page', files: [] };
      await tell({ event: 'end', ...outcome, weightsHash: trainer.weightsHash() });
    } finally {
      await trainer.close();
    }
  }

  private start(train: Dataset, test: Dataset) {
    const { trainer, settings } = this;
    return {
      event: 'start',
      time: Date.now(),
      epochs: settings.epochs,
      epochsDone: 0,
      stepsDone: 0,
      trainImages: train.count,
      testImages: test.count,
      classes: fashionMnistClasses,
      inputShape: trainer.config.inputShape,
      workers: trainer.config.workers,
      kernels: trainer.model.kernels.name,
      about: [`Fashion-MNIST, heddle ${version} in this page`, trainer.model.summary()],
      config: { options: settings },
    } as const;
  }
}
