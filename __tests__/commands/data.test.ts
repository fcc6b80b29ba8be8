import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { knownData } from '../../src/commands/knownData.js';
import { knownText, listText } from '../../src/commands/terminal/dataText.js';
import { jsonLines, runCommand, temporaryFolder } from '../support/command.js';

const folder = temporaryFolder();
const archive = join(import.meta.dirname, '../golden/datasets/medmnist.npz');
const data = (...args: string[]) => runCommand('data', args, folder.path);

describe('heddle data', () => {
  it('lists the data sets that it knows, and what else --data may name', async () => {
    expect(await data()).toEqual({ code: 0, stdout: `${listText()}\n`, stderr: '' });
    for (const { name, summary } of knownData) expect(listText()).toContain(`${name.padEnd(13)}  ${summary}\n`);
    expect(knownData.map(({ name }) => name)).toEqual([
      'fashion-mnist',
      'mnist',
      'emnist',
      'kmnist',
      'cifar-10',
      'cifar-100',
    ]);
  });

  it('NAME says where it is, its checksums, its licence and what to type then', async () => {
    const { code, stdout } = await data('fashion-mnist');
    expect(code).toBe(0);
    for (const part of [
      'https://github.com/zalandoresearch/fashion-mnist',
      'apt install dataset-fashion-mnist',
      'train-images-idx3-ubyte.gz   26 MB  md5 8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      'Licence: MIT',
      'npx heddle train --data ./fashion-mnist\n',
    ])
      expect(stdout).toContain(part);
  });

  it('fits 80 columns', () => {
    for (const text of [listText(), ...knownData.map(knownText)])
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('FILE says what is in it, in words and in JSON', async () => {
    expect((await data(archive)).stdout).toBe(
      'a NumPy .npz archive: 5 to train on, 3 to test with, 2 classes (0 2, 1 3)\npictures of 3×3×4\n',
    );
    expect(jsonLines((await data(archive, '--json')).stdout)).toEqual([
      {
        event: 'data',
        kind: 'a NumPy .npz archive',
        classes: [
          { name: '0', train: 2, test: 1 },
          { name: '1', train: 3, test: 2 },
        ],
        shape: [3, 3, 4],
        unreadable: [],
      },
    ]);
  });

  it.each([
    [
      'cifar10',
      /^error: there is no folder or file 'cifar10', and no data set of that name; did you mean cifar-10\?\n$/,
      2,
    ],
    ['no/where', /^error: cannot read no\/where \(ENOENT.*expected a folder of pictures/, 1],
  ])('%s, which is neither, ends in one line', async (name, message, exit) => {
    const { code, stdout, stderr } = await data(name);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(message);
  });
});
