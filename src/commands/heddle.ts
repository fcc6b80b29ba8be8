#!/usr/bin/env node
import { version } from '../formats/version.js';
import { fail } from './command.js';
import { refused } from './options/setting.js';
import { type CommandName, commands } from './startedAs.js';

const load: Readonly<Record<CommandName, () => Promise<unknown>>> = {
  train: () => import('./train.js'),
  tune: () => import('./tune.js'),
  evaluate: () => import('./evaluate.js'),
  predict: () => import('./predict.js'),
  view: () => import('./view.js'),
  export: () => import('./export.js'),
  data: () => import('./data.js'),
};

const help = `Usage: heddle <command> [options]

Trains and uses convolutional networks on the CPU, on all cores.

Commands:
${Object.entries(commands)
  .map(([name, does]) => `  ${name.padEnd(10)}${does}`)
  .join('\n')}

Options:
  --version   print the version
  --help      print this help

heddle <command> --help tells the options of a command.
`;

const [first = '--help', ...rest] = process.argv.slice(2);
// What other programs understand: "heddle help train" is "heddle train --help".
const [name, ...others] = first === 'help' ? [...rest, '--help'] : [first, ...rest];
if (Object.hasOwn(load, name)) {
  process.argv.splice(2, process.argv.length, ...others); // the command's own words
  await load[name as CommandName]();
} else if (name === '--version') process.stdout.write(`${version}\n`);
else if (name === '--help' && others.length === 0) process.stdout.write(help);
else fail(refused(`${name}: expected a command: ${Object.keys(commands).join(', ')}; heddle --help tells of them`));
