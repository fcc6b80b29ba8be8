import { stat } from 'node:fs/promises';
import { transformedShape } from '../data/imageTransform.js';
import { describeData, pictureCounts } from '../datasets/describe.js';
import { openData } from '../datasets/openData.js';
import { printable, quote } from '../errors.js';
import { nearest } from '../validate.js';
import { command, interruption, run } from './command.js';
import { knownData } from './knownData.js';
import { outputSettings, threadSettings } from './options/commonSettings.js';
import { refused, type SettingTable, type ValuesOf } from './options/setting.js';
import { knownText, listText } from './terminal/dataText.js';
import { clearLine } from './terminal/progressBar.js';

const settings = {
  ...outputSettings,
  ...threadSettings,
} as const satisfies SettingTable;

const description =
  'Lists data sets to train on, says how to get one of them, or what a folder or file of pictures holds.';

const program = command('data', description, settings).argument(
  '[name]',
  'the name of a data set, or a folder or file (./mnist for a folder of such a name)',
);

run(program, async () => {
  const { json, workers } = program.opts<ValuesOf<typeof settings>>();
  const { text, record } = await answer(program.args[0], workers, process.stdout.isTTY && !json);
  process.stdout.write(`${json ? printable(JSON.stringify({ event: 'data', ...record })) : text}\n`);
});

/** What is asked for, in words and as an object. */
async function answer(
  name: string | undefined,
  workers: number,
  onTerminal: boolean,
): Promise<{ text: string; record: object }> {
  if (name === undefined) return { text: listText(), record: { known: knownData } };
  const known = knownData.find((data) => data.name === name);
  if (known) return { text: knownText(known), record: known };
  await checkName(name);
  const onProgress = onTerminal ? showProgress : undefined;
  const data = await openData(name, { workers, signal: interruption(), onProgress });
  if (onTerminal) clearLine();
  const { kind, transform, sizes, unreadable, otherFiles } = data;
  const shape = transformedShape(transform);
  const record = { kind, classes: pictureCounts(data), shape, sizes, unreadable, otherFiles };
  return { text: describeData(data), record };
}

/** Tells a data set's name that is misspelt from a folder that is not there. */
async function checkName(name: string): Promise<void> {
  const names = knownData.map((data) => data.name);
  const near = nearest(name, names);
  if (near === undefined || (await stat(name).catch(() => undefined))) return;
  throw refused(`there is no folder or file ${quote(name)}, and no data set of that name; did you mean ${near}?`);
}

function showProgress(done: number, total: number): void {
  clearLine();
  process.stdout.write(`${done} of ${total} pictures`.slice(0, process.stdout.columns - 1));
}
