import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { outcomeOf, startProcess } from '../support/command.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

// In a program of its own, where millions of initial weights are drawn ten times as fast as in Jest's realm.
const program = `
import { SGD, tensorDataset } from 'heddle';
import { efficientnetB0, mobilenetV2 } from 'heddle/networks';
import { Trainer } from 'heddle/node';

const shape = [7, 3, 32, 32];
const data = Uint8Array.from({ length: 7 * 3 * 32 * 32 }, (_, i) => (i * i) % 251);
const dataset = tensorDataset({ shape, data }, [0, 1, 2, 3, 4, 0, 1]);
const hashOf = async (network, kernels, workers) => {
  const optimizer = new SGD({ learningRate: 0.01, momentum: 0.9 });
  const options = { inputShape: shape.slice(1), batchSize: 4, shards: 4, optimizer, kernels, workers };
  const trainer = new Trainer(network, options);
  for await (const _ of trainer.fit(dataset, { epochs: 1 }));
  const hash = trainer.weightsHash();
  await trainer.close();
  return hash;
};
for (const create of [mobilenetV2, efficientnetB0]) {
  const hashes = [];
  for (const [kernels, workers] of [['simd', 1], ['simd', 3], ['reference', 2]])
    hashes.push(await hashOf(create({ numClasses: 5, dropout: 0.4 }), kernels, workers));
  console.log(create.name, ...hashes);
}`;

describe('a network with dropout, and with stochastic depth, behind two steps', () => {
  it('has the same bits with 1 worker, with 3, and with reference kernels: mobilenetV2, efficientnetB0', async () => {
    const args = ['--input-type=module', '--eval', program];
    const { code, stdout, stderr } = await outcomeOf(startProcess(process.execPath, args, root));
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    expect(lines.map(([name]) => name)).toEqual(['mobilenetV2', 'efficientnetB0']);
    for (const [, alone, ...others] of lines) expect(others).toEqual([alone, alone]);
    expect(lines[0][1]).not.toBe(lines[1][1]);
  });
});
