import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const library = new URL('../../dist/index.js', import.meta.url).href;

/** A layer that adds 1 in a single phase when training, and in 300 phases of two parts each when not. */
const layer = `
import { perPart, registerLayer, sizeOf } from '${library}';

export class Steps {
  type = 'Steps';
  arguments = () => [];
  describe = () => 'Steps()';
  outputShape = (input) => input;
  plan(input, { activation }) {
    const output = activation(input.shape, { overwritable: true });
    const size = sizeOf(input.shape);
    const half = (part, samples, run) => {
      for (let i = (part * samples * size) / 2; i < ((part + 1) * samples * size) / 2; i++) run(i);
    };
    return {
      output,
      forward: [perPart(2, (part, { samples }) => half(part, samples, (i) => (output.data[i] = input.data[i] + 1)))],
      evaluate: Array.from({ length: 300 }, (_, phase) =>
        perPart(2, (part, { samples }) =>
          half(part, samples, (i) => (output.data[i] = phase === 0 ? input.data[i] + 1 : output.data[i])),
        ),
      ),
      backward: [perPart(2, (part, { samples }) => half(part, samples, (i) => (input.gradient[i] = output.gradient[i])))],
    };
  }
}
registerLayer('Steps', Steps);
`;

const program = (folder: string, testTimeFlip: boolean) => `
import { Flatten, Linear, Sequential, SGD, tensorDataset } from '${library}';
import { Trainer } from '${new URL('../../dist/node.js', import.meta.url)}';
import { Steps } from './layer.mjs';

const data = tensorDataset([[[1, 2], [3, 4]], [[5, 60], [7, 80]]], [0, 1]);
const trainer = new Trainer(new Sequential([new Flatten(), new Steps(), new Linear(4, 2)]), {
  inputShape: [1, 2, 2], batchSize: 2, optimizer: new SGD({ learningRate: 0.1 }), testTimeFlip: ${testTimeFlip},
  layerModules: ['${join(folder, 'layer.mjs')}'], workers: 3,
});
for await (const { testLoss } of trainer.fit(data, { epochs: 2, test: data }));
const { loss } = await trainer.evaluate(data);
console.log(loss);
await trainer.close();
`;

it.each([false, true])(
  'an evaluation of 300 phases and more, behind training steps of fewer, ends in 3 workers, testTimeFlip %s',
  async (testTimeFlip) => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-phases-'));
    try {
      await writeFile(join(folder, 'layer.mjs'), layer);
      await writeFile(join(folder, 'program.mjs'), program(folder, testTimeFlip));
      const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'program.mjs')], {
        timeout: 40_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(Number(stdout)).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
