import { fileURLToPath } from 'node:url';
import { loadMnistFolder, Trainer } from 'heddle/node';
import { heddleTraining } from './heddleTraining.js';

// heddle's process of browser.ts, `node heddleProcess.js NETWORK WORKERS`: it answers each message with a round.

const [network, workers] = process.argv.slice(2);
const folder = fileURLToPath(new URL('../data/fashion-mnist', import.meta.resolve('heddle')));
const task = { network, workers: Number(workers) };
const training = heddleTraining(Trainer, await loadMnistFolder(folder, 'train'), task);
process.on('message', async () => process.send?.(await training.train()));
process.on('disconnect', () => process.exit()); // whatever threads it has
process.send?.(training.about);
