import { expect, it } from '@jest/globals';
import { frozenBy, rowMajor, SGD, type StoredArray, type StoredSource, transferWeights } from '../../dist/index.js';
import { resnet18 } from '../../dist/networks.js';
import { Trainer } from '../../dist/node.js';
import { trace } from '../../src/network/trace.js';
import { syntheticDataset } from '../support/dataset.js';
import { goldenNetworkOf } from '../support/networks.js';

/** Weights as torchvision's ResNet-18 has them, by its names and shapes: numbers of some size, as good as any. */
function torchvisionState(): Map<string, StoredSource> {
  const state = goldenNetworkOf('resnet18').state.map((line, place): [string, StoredSource] => {
    const [name, ...lengths] = line.split(' ');
    const shape = lengths.map(Number);
    const size = shape.reduce((product, length) => product * length, 1);
    if (name.endsWith('num_batches_tracked')) return [name, { shape, data: BigInt64Array.of(7n) }];
    const scale = shape.length > 1 ? Math.sqrt(6 / (size / shape[0])) : 0.1;
    const center = /(running_var|bn\d\.weight|downsample\.1\.weight)$/.test(name) ? 1 : 0;
    const data = Float32Array.from(
      { length: size },
      (_, i) => center + scale * (((i * 7919 + place * 31) % 1009) / 504.5 - 1),
    );
    return [name, { shape, data }];
  });
  return new Map(state);
}

const inputShape = [3, 32, 32];

/** A tensor's bits. */
const bitsOf = ({ buffer, byteOffset, byteLength }: StoredArray) => Buffer.from(buffer, byteOffset, byteLength);

it('a training that starts from weights of torchvision’s ResNet-18 with all frozen but the last layer, which is new for 3 classes, changes not a bit of the others, BatchNorm’s statistics and counters included', async () => {
  const state = torchvisionState();
  const network = resnet18({ numClasses: 3 });
  const frozen = frozenBy(trace(network as never, inputShape).graph, state, ['all']);
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 });
  const trainer = new Trainer(network, { inputShape, batchSize: 4, workers: 2, optimizer, frozen });
  try {
    expect(transferWeights(trainer.model, state).initial).toEqual(['fc.weight', 'fc.bias']);
    const before = new Map([...trainer.stateDict()].map(([name, tensor]) => [name, rowMajor(tensor).slice()]));
    for await (const _ of trainer.fit(syntheticDataset(8, { classes: 3, channels: 3, size: 32 }), { epochs: 1 }));
    expect(trainer.steps).toBe(2);
    for (const [name, tensor] of trainer.stateDict()) {
      const isNew = name.startsWith('fc.');
      const expected = isNew ? before.get(name) : state.get(name)?.data;
      const isSame = bitsOf(rowMajor(tensor)).equals(bitsOf(expected as StoredArray));
      expect([name, isSame]).toEqual([name, !isNew]);
    }
  } finally {
    await trainer.close();
  }
});
