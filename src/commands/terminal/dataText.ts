import { type KnownData, knownData } from '../knownData.js';

/** What --data takes besides those that are known by name. */
const own = [
  ['a folder', 'your own pictures (PNG, JPEG), of any size and colour:'],
  ['', 'a folder for each class, or train and test above these'],
  ['a .npz file', 'NumPy arrays x_train, y_train, x_test and y_test,'],
  ['', 'or images and labels (also as a folder of .npy files)'],
] as const;

const WIDEST = 'fashion-mnist'.length;
const row = (name: string, text: string) => `  ${name.padEnd(WIDEST)}  ${text}`;

/** What there is, a line each. */
export const listText = (): string =>
  [
    'What --data may name:',
    ...own.map(([name, text]) => row(name, text)),
    'Data sets that you can get, in the files that they come in:',
    ...knownData.map(({ name, summary }) => row(name, summary)),
    'npx heddle data NAME says where it is, npx heddle data DIR what is in a folder.',
  ].join('\n');

/** How to get a data set, and what to type then. */
export function knownText({ name, summary, get, files, notes, licence, commands }: KnownData): string {
  const widest = Math.max(...files.map(([file]) => file.length));
  return [
    `${name}: ${summary}`,
    'Where it is (nothing is downloaded here):',
    ...get.map((line) => `  ${line}`),
    files.length === 1 ? 'Its file:' : `Its files, into a folder such as ./${name}:`,
    ...files.map(([file, size, md5]) => `  ${file.padEnd(widest)}  ${size.padStart(6)}${md5 ? `  md5 ${md5}` : ''}`),
    ...notes,
    `Licence: ${licence}`,
    'Then:',
    ...commands.map((line) => `  ${line}`),
  ].join('\n');
}
