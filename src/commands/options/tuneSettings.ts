import { samplerNames } from '../../search/study.js';
import { MOST_IN_KEY } from '../../tensor/random.js';
import { networkSettings, outputSettings, threadSettings, trainedSettings } from './commonSettings.js';
import { integer, number, pathName } from './parsers.js';
import type { SettingTable, ValuesOf } from './setting.js';

/** All settings of a study of `tune`. */
export const tuneSettings = {
  ...outputSettings,
  ...networkSettings,
  ...trainedSettings,
  space: {
    flag: '--space <file>',
    help: 'what is searched: JSON, or a module with a default export (default: around the recipe for the data)',
    parse: pathName,
  },
  sampler: { flag: '--sampler <name>', help: 'how settings are chosen', choices: samplerNames, default: 'tpe' },
  epochs: { flag: '--epochs <n>', help: 'of a trial that is not stopped early', parse: integer(1), default: 4 },
  eta: {
    flag: '--eta <n>',
    help: 'one of so many trials goes on after 1, n, n² … epochs; 1: all do',
    parse: integer(1),
    default: 2,
  },
  limit: {
    flag: '--limit <n>',
    help: 'training images of a trial (default: 20000, or all if there are fewer)',
    parse: integer(1),
  },
  validation: {
    flag: '--validation <n>',
    help: 'training images held out, to choose by (default: 5000, or a fifth if that is fewer)',
    parse: integer(1),
  },
  seed: { flag: '--seed <n>', help: 'of the search and of each trial', parse: integer(0, MOST_IN_KEY), default: 0 },
  trials: { flag: '--trials <n>', help: 'end when the study has so many', parse: integer(1), resume: 'again' },
  minutes: {
    flag: '--minutes <m>',
    help: 'end after so much time',
    parse: number(0, 35_000), // what a timer of Node's takes
    resume: 'again',
  },
  ...threadSettings,
  out: { flag: '--out <dir>', help: 'folder of the study (default: "studies/DATE-TIME")', parse: pathName },
  resume: { flag: '--resume <dir>', help: 'go on with the study in this folder, to the same trials', parse: pathName },
} as const satisfies SettingTable;

export type TuneTable = typeof tuneSettings;
export type TuneSettings = ValuesOf<TuneTable>;
