import { join } from 'node:path';
import type { Study } from '../../search/study.js';
import { startingWords } from '../startedAs.js';
import { shellCommand } from './resumeCommand.js';
import { flagOf, type SettingTable } from './setting.js';
import { tuneSettings } from './tuneSettings.js';

const { data, imageSize, testShare, network } = tuneSettings;
const shared: SettingTable = { data, imageSize, testShare, network };

/** The command that trains with the best settings of a study, on its data. */
export function bestCommand({ config: { run } }: Study, folder: string): string {
  const given = Object.entries(shared).filter(([name, setting]) => ![undefined, setting.default].includes(run[name]));
  const options = given.flatMap(([name, setting]) => [flagOf(setting), String(run[name])]);
  return shellCommand(...startingWords('train'), ...options, '--config', join(folder, 'best.json'));
}
