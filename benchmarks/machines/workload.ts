import { fashionNet } from '../../src/fashionMnist/network.js';
import { type Dataset, type Module, SGD, type Shape, tensorDataset } from '../../src/index.js';
import { resnet18 } from '../../src/networks.js';
import type { Phase } from '../../src/program/phase.js';
import { CountingArena } from '../../src/tensor/countingArena.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { Programs } from '../../src/training/programs.js';
import { runConfig } from '../../src/training/trainerOptions.js';

/** A network as it is trained in batches of the same number of samples, which machines share. */
export interface Workload {
  readonly title: string;
  readonly create: () => Module;
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly shards: number;
}

const numClasses = 10;
const colour = [3, 32, 32];

export const networks = {
  fashionNet: { title: 'the specified network', create: () => fashionNet(), inputShape: [1, 28, 28] },
  resnet18: { title: 'ResNet-18', create: () => resnet18({ numClasses }), inputShape: colour },
  resnet18SmallImages: {
    title: 'ResNet-18 for small images',
    create: () => resnet18({ numClasses, smallImages: true }),
    inputShape: colour,
  },
};

export type NetworkName = keyof typeof networks;

/** The shards of a Trainer, or as many as there are machines. */
export const shardsFor = (ranks: number) => Math.max(20, ranks);

/** How a Trainer is made for it, with plain SGD, and an account of its time. */
export const trainerOptions = ({ inputShape, batchSize, shards }: Workload) => ({
  inputShape,
  batchSize,
  shards,
  optimizer: new SGD({ learningRate: 0.01 }),
  profile: true,
});

/** What a step of training does where so many machines share it, with what they tell each other.
 * @throws HeddleError MEMORY for a batch that no machine has memory for */
export function phasesOf(workload: Workload, ranks: number): readonly Phase[] {
  const config = runConfig(workload.create(), { ...trainerOptions(workload), kernels: 'reference', workers: 1 });
  return new Programs(config, new CountingArena(), ranks).profile?.timed() ?? [];
}

/** Images of noise, which take as long as any others. */
export function noise({ inputShape, batchSize }: Workload, batches: number): Dataset {
  const shape = [batches * batchSize, ...inputShape];
  let state = 1;
  const data = new Uint8Array(sizeOf(shape)).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0; // a linear congruential generator: Numerical Recipes
    return state >>> 24;
  });
  return tensorDataset(
    { data, shape },
    Uint8Array.from({ length: shape[0] }, (_, i) => i % numClasses),
  );
}
