import { basename, isAbsolute, relative } from 'node:path';

/** The commands, and what they do in a line of `heddle --help`. */
export const commands = {
  train: 'train a network on Fashion-MNIST, or on pictures of your own',
  tune: 'search for the settings of train that do best',
  evaluate: 'loss, accuracy and confusions of a trained model, as a page too',
  predict: 'the classes that a trained model sees in pictures',
  view: 'show a training run, or several side by side, as a page',
  export: 'write a trained model as an ONNX file',
  data: 'how to get a data set, and what one that is there holds',
} as const;

export type CommandName = keyof typeof commands;

/** Whether `heddle` runs, of which the commands are the first word, and not the file of one command. */
const isBinary = (script: string) => /^heddle(\.js)?$/.test(basename(script));

/** A command as its help calls it: "heddle train", or "node dist/train.js" when that was started. */
export const commandTitle = (name: CommandName): string =>
  isBinary(process.argv[1]) ? `heddle ${name}` : `node dist/${name}.js`;

/** The words that start a command from the folder that the user is in, as this process was started: by npx, by the package's
 * command where that is installed, or by a file. */
export function startingWords(name: CommandName): string[] {
  const [, script] = process.argv;
  if (!isBinary(script)) return ['node', fromHere(script.replace(/[^/\\]*$/, `${name}.js`))];
  if (script.endsWith('.js')) return ['node', fromHere(script), name];
  return process.env.npm_command === 'exec' ? ['npx', 'heddle', name] : ['heddle', name];
}

function fromHere(script: string): string {
  const path = relative('', script);
  return path.startsWith('..') || isAbsolute(path) ? script : path;
}
