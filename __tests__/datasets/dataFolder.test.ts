import { join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { dataFiles } from '../../src/datasets/dataFolder.js';
import { folders } from '../support/dataFiles.js';

const folder = folders();

it.each<[string, string, string[]]>([
  ['a folder of files', 'mnist', ['mnist/classes.txt', 'mnist/train-images-idx3-ubyte']],
  ['a folder that an archive makes', 'cifar', ['cifar/cifar-10-batches-bin/test_batch.bin']],
  ['a file', 'x.npz', ['x.npz']],
  ['what names begin with', 'mnist/train', ['mnist/train-images-idx3-ubyte']],
  ['nothing', 'no/where', []],
])('the files that are read of %s', async (_title, path, files) => {
  const names = [
    'mnist/train-images-idx3-ubyte',
    'mnist/classes.txt',
    'mnist/predictions.txt',
    'mnist/report.html',
    'cifar/cifar-10-batches-bin/test_batch.bin',
    'x.npz',
  ];
  const root = folder(Object.fromEntries(names.map((name) => [name, ''])));
  const found = await dataFiles(join(root, path));
  expect(found.map((file) => relative(root, file)).sort()).toEqual(files);
});
