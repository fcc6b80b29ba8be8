import { expect, it } from '@jest/globals';
import { frozenBy, rowMajor, SGD, type TensorSource, transferWeights } from '../../dist/index.js';
import { syntheticDataset } from '../support/dataset.js';
import { smallImages, smallTrainer } from '../support/smallNetwork.js';

const head = ['classifier.1.weight', 'classifier.1.bias'];

it('a training on two threads from weights for other classes, with all frozen but the last layer, changes not a bit of the others, in the average of the weights neither', async () => {
  const trained = smallTrainer({ seed: 5 });
  const train = syntheticDataset(32, smallImages);
  for await (const _ of trained.fit(train, { epochs: 1 }));
  await trained.close();
  const state = new Map<string, TensorSource>(trained.model.stateDict());
  state.set('classifier.1.weight', { shape: [5, 48], data: new Float32Array(240) });
  state.set('classifier.1.bias', { shape: [5], data: new Float32Array(5) });
  const trainer = smallTrainer({
    frozen: frozenBy(trained.model.graph, state, ['all']),
    optimizer: new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.1 }),
    averageDecay: 0.5,
  });
  try {
    expect(transferWeights(trainer.model, state).initial).toEqual(head);
    const before = new Map([...trainer.model.stateDict()].map(([name, tensor]) => [name, rowMajor(tensor).slice()]));
    for await (const _ of trainer.fit(train, { epochs: 2 }));
    expect(trainer.steps).toBe(4);
    for (const found of [trainer.model.stateDict(), trainer.stateDict()])
      for (const [name, tensor] of found)
        if (head.includes(name)) expect([name, rowMajor(tensor)]).not.toEqual([name, before.get(name)]);
        else expect([name, rowMajor(tensor)]).toEqual([name, rowMajor(trained.model.stateDict().get(name) as never)]);
  } finally {
    await trainer.close();
  }
});
