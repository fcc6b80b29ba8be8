import { once } from 'node:events';
import { PageServer } from '../livePage/server.js';
import { runPage } from '../pages/run/page.js';
import { command, interruption, run } from './command.js';
import { outputSettings } from './options/commonSettings.js';
import { refused, type SettingTable, type ValuesOf } from './options/setting.js';
import { savedRun } from './savedRun.js';
import { tellAddress } from './tellAddress.js';

const settings = { ...outputSettings } as const satisfies SettingTable;

const program = command(
  'view',
  'Shows a training run, or several side by side, as a page, until it is interrupted.',
  settings,
).argument('[runs...]', 'folders of training runs; a page that is loaded again has what is in them then');

run(program, async () => {
  const { json } = program.opts<ValuesOf<typeof settings>>();
  const folders = program.args;
  if (folders.length === 0) throw refused('expected the folder of a training run, or several: heddle view runs/first');
  const read = () => Promise.all(folders.map(savedRun));
  const [{ title }] = await read();
  const server = await PageServer.open({
    page: runPage(folders.length === 1 ? title : 'Training runs', false),
    opening: async () => [
      ['histories', await read()],
      ['over', {}],
    ],
  });
  tellAddress(server.address, json);
  const signal = interruption();
  if (!signal.aborted) await once(signal, 'abort');
  await server.close();
});
