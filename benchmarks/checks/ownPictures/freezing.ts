import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { loadSafetensors } from '../../../src/formats/modelFile.js';
import { heddle, type Verdict } from './installation.js';

const script = fileURLToPath(new URL('../../../benchmarks/interop/networks.py', import.meta.url));
const imageNet = ['--mean', '0.485,0.456,0.406', '--std', '0.229,0.224,0.225'];

/** Trains nothing but a new last layer behind the untrained weights of a ResNet-18 of torchvision's. */
export async function checkFreezing(folder: string): Promise<Verdict> {
  const file = join(folder, 'torchvision.safetensors');
  const python = spawnSync('/usr/bin/python3', [script, 'weights', 'resnet18', file], { encoding: 'utf8' });
  if (python.status !== 0) {
    const fault = python.error?.message ?? python.stderr.trimEnd().split('\n').at(-1);
    return { text: `no weights of torchvision: ${fault}`, good: false };
  }
  const start = ['--weights', file, '--network', 'resnet18', '--freeze', 'all', ...imageNet];
  await heddle(folder, 'end', 'train', '--data', 'pictures', ...start, '--epochs', '1', '--out', 'frozen');
  const before = (await loadSafetensors(file)).tensors;
  const after = (await loadSafetensors(join(folder, 'frozen', 'model.safetensors'))).tensors;
  const moved = [...before.keys()].filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)));
  const text = `frozen weights of torchvision: ${before.size - moved.length} of ${before.size} tensors are the same to the bit, all but ${moved.join(', ')}`;
  return { text, good: moved.toSorted().join() === 'fc.bias,fc.weight' && after.size === before.size };
}
