import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { firstSamples } from '../../../src/data/subsets.js';
import { loadFashionMnist } from '../../../src/fashionMnist/dataset.js';
import { fashionNet, fashionNetInput } from '../../../src/fashionMnist/network.js';
import { encodeSafetensors, type StoredTensor } from '../../../src/formats/safetensors.js';
import { Model } from '../../../src/network/model.js';
import { SGD } from '../../../src/optimizers/sgd.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { Trainer } from '../../../src/training/trainer.js';
import { rate } from './rate.js';

/** heddle's side of peers.ts: the network on all cores, and a model on one thread for the logits and for one image. */
export async function startHeddle() {
  const dataset = firstSamples(await loadFashionMnist('train'), 500);
  const images = Float32Array.from(dataset.inputs.subarray(0, 78400), (value) => value / 255);
  const trainer = new Trainer(fashionNet(), {
    inputShape: fashionNetInput,
    optimizer: new SGD({ learningRate: 0.01 }),
    workers: availableParallelism(),
  });
  const epoch = async () => {
    for await (const _ of trainer.fit(dataset, { epochs: 1 }));
  };
  await epoch(); // so that no BatchNorm is the identity in what the peers are held to
  const kernels = trainer.model.kernels.name;
  const model = new Model(fashionNet(), { inputShape: fashionNetInput, batchSize: 100, kernels }).eval();
  model.loadStateDict(trainer.model.stateDict());

  return {
    title: `heddle, Node ${process.version}, ${kernels} kernels, ${trainer.config.workers} workers`,
    /** Writes the weights, `input` [100, 1, 28, 28] and the logits for it in evaluation mode, `output` [100, 10]. */
    async writeModel(file: string): Promise<void> {
      const tensors = new Map<string, StoredTensor>(
        [...model.stateDict()].map(([name, tensor]) => [name, { shape: tensor.shape, data: rowMajor(tensor) }]),
      );
      tensors.set('input', { shape: [100, ...fashionNetInput], data: images });
      tensors.set('output', { shape: [100, 10], data: rowMajor(model.forward(images)) });
      await writeFile(file, encodeSafetensors(tensors));
    },
    /** Each runs the network for some seconds and returns images/s; `one` on one thread. */
    train: (seconds: number) => rate(500, seconds, epoch),
    infer: (seconds: number) => rate(500, seconds, () => trainer.evaluate(dataset)),
    one: (seconds: number) => rate(1, seconds, () => model.forward(images.subarray(0, 784))),
    close: () => trainer.close(),
  };
}
