import type { DataOptions } from '../../datasets/labelledData.js';
import { oneLine, reason } from '../../errors.js';
import { checkWeights } from '../../formats/checkWeights.js';
import { loadSafetensors } from '../../formats/modelFile.js';
import type { StoredTensor } from '../../formats/safetensors.js';
import type { Graph } from '../../graph/graph.js';
import type { Parameter } from '../../layers/layer.js';
import { frozenBy } from '../../network/freezing.js';
import { type ModelDescription, readDescription } from '../../network/modelDescription.js';
import { readGraph } from '../../network/readGraph.js';
import { graphFor, transferWeights } from '../../network/transfer.js';
import type { Shape } from '../../tensor/shape.js';
import type { Trainer } from '../../training/trainer.js';
import { refused } from './setting.js';

/** The settings of `train` that say what it starts from. */
export interface StartSettings {
  readonly weights?: string | undefined;
  /** With commas between the patterns. */
  readonly freeze?: string | undefined;
  readonly network?: string | undefined;
}

/** The weights that a training starts from. */
export class StartWeights {
  private constructor(
    private readonly file: string,
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
    /** What their file says of their network and of its inputs. */
    readonly description: ModelDescription,
    private readonly freeze: string | undefined,
  ) {}

  /** Undefined where a training starts from none. With --network what the file says of its network does not matter.
   *
   * @throws HeddleError FILE, FORMAT when the file cannot be read or is none of a model */
  static async read({ weights, freeze, network }: StartSettings): Promise<StartWeights | undefined> {
    if (weights === undefined) return undefined;
    const { tensors, metadata } = await loadSafetensors(weights);
    checkWeights(tensors, weights);
    const description = readDescription(metadata, weights, network === undefined ? readGraph : undefined);
    return new StartWeights(weights, tensors, description, freeze);
  }

  /** What the weights want of the data: pictures as their model had them or, if its file does not say how, as many channels. */
  get inputs(): Pick<DataOptions, 'transform' | 'channels'> {
    const { transform } = this.description;
    const kernel = [...this.tensors.values()].find(({ shape }) => shape.length === 4);
    const channels = kernel?.shape[1];
    return transform ? { transform } : { channels: channels === 1 || channels === 3 ? channels : undefined };
  }

  /** The file's network for these inputs and as many classes.
   *
   * @throws HeddleError ARGUMENT when the file does not say which network it is of, or that cannot have as many outputs */
  networkFor(wanted: { readonly inputShape: Shape; readonly numClasses: number }): Graph {
    const { graph } = this.description;
    if (!graph)
      throw refused(
        `--weights ${this.file} does not say which network its weights are of; name it by --network, such as --network resnet18`,
      );
    try {
      return graphFor(graph, this.tensors, wanted);
    } catch (cause) {
      throw refused(`--weights ${this.file}: ${reason(cause)}; or name another network by --network`);
    }
  }

  /** The modules that --freeze names. @throws HeddleError ARGUMENT for a pattern that no module's path has */
  frozen(graph: Graph): readonly string[] {
    if (this.freeze === undefined) return [];
    const patterns = this.freeze.split(',').map((pattern) => pattern.trim());
    try {
      return frozenBy(graph, this.tensors, patterns);
    } catch (cause) {
      throw refused(`--freeze ${this.freeze}: ${reason(cause)}`);
    }
  }

  /** Has a trainer start from the weights. Returns a line that says what is new and what is frozen.
   *
   * @throws HeddleError STATE_DICT naming what does not fit; ARGUMENT when nothing is left to train */
  load({ model, config: { frozen } }: Pick<Trainer, 'model' | 'config'>): string {
    const { loaded, initial } = transferWeights(model, this.tensors);
    const trained = model.parameters.filter(({ requiresGrad }) => requiresGrad);
    if (trained.length === 0) throw refused(`--freeze ${this.freeze} leaves nothing to train; freeze less`);
    const total = countOf(model.parameters);
    return [
      `starts from ${loaded.length} tensors of ${oneLine(this.file)}`,
      ...(initial.length > 0 ? [`new for ${model.outputShape[0]} classes: ${initial.join(', ')}`] : []),
      ...(frozen.length > 0 ? [`frozen: ${total - countOf(trained)} of ${total} parameters`] : []),
    ].join('; ');
  }
}

const countOf = (parameters: readonly Parameter[]) => parameters.reduce((sum, { data }) => sum + data.length, 0);
