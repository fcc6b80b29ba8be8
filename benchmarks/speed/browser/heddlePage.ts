import { fetchMnist, Trainer } from 'heddle/web';
import { type HeddleTask, heddleTraining } from './heddleTraining.js';

// heddle's page of browser.ts.

export const start = async (task: HeddleTask) =>
  heddleTraining(Trainer, await fetchMnist('fashion-mnist', 'train'), task);
