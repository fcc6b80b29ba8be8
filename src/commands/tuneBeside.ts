import type { Command } from 'commander';
import type { JoinedMachines } from '../machines/joinMachines.js';
import { joinSearch } from '../search/ranks.js';
import { given } from './job.js';
import { datasetsOf, loadData } from './options/datasets.js';
import { checkKernels, partsToSearchOn } from './options/tuneRun.js';
import type { TuneSettings } from './options/tuneSettings.js';
import { checkSameData, ownSettings } from './trainBeside.js';
import { trialObjective } from './trialObjective.js';

/** What `tune` does on all machines but rank 0's, which has the study: it runs trials alone, with all of its cores. */
export async function tuneBeside(machines: JoinedMachines, program: Command): Promise<void> {
  const settings = { ...(await given<TuneSettings>(machines)), ...ownSettings(program) };
  checkKernels(settings);
  const { out, ...whatToLoad } = settings;
  const data = await loadData({ ...whatToLoad, json: true });
  const datasets = datasetsOf(data, partsToSearchOn(data, settings));
  await checkSameData(machines, datasets);
  await joinSearch(machines, trialObjective(settings, datasets));
}
