import { join } from 'node:path';
import { runCommand } from './command.js';
import { syntheticDataset, writeMnistFolder } from './dataset.js';

/** Makes a folder of data, 16 training and 10 test images, and a run of one epoch on it, for what commands do with them.
 * @param network by default a small one, which commands read and write fast */
export async function trainedRun(folder: string, network: 'lenet5' | 'fashion' = 'lenet5'): Promise<void> {
  const digits = { classes: 10, size: 28 };
  await writeMnistFolder(
    join(folder, 'data'),
    syntheticDataset(16, digits),
    syntheticDataset(10, { ...digits, sample: 1 }),
  );
  const args = [
    '--data',
    'data',
    '--network',
    network,
    '--batch-size',
    '16',
    '--lr',
    '0.01',
    '--epochs',
    '1',
    '--out',
    'run',
    '--json',
  ];
  const { code, stderr } = await runCommand('train', args, folder);
  if (code !== 0) throw new Error(`train exits with ${code}: ${stderr}`);
}
