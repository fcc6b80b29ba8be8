import { describe, expect, it } from '@jest/globals';
import { openData } from '../../src/datasets/openData.js';
import { cifarRecord, folders } from '../support/dataFiles.js';

const folder = folders();
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'opened',
    (error) => `${error.code}: ${error.message}`,
  );

const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const pixel = (channel: number, y: number, x: number) => 80 * channel + 2 * y + (x >> 4);
const batch = (...labels: number[]) => Buffer.concat(labels.map((label) => cifarRecord([label], pixel)));
const cifar10 = {
  'data_batch_1.bin': batch(3, 9),
  'data_batch_2.bin': batch(0),
  'data_batch_3.bin': batch(1),
  'data_batch_4.bin': batch(2),
  'data_batch_5.bin': batch(4),
  'test_batch.bin': batch(5),
  'batches.meta.txt': `${names.join('\n')}\n\n`,
};
const inFolder = (name: string, files: Record<string, string | Uint8Array>) =>
  Object.fromEntries(Object.entries(files).map(([file, content]) => [`${name}/${file}`, content]));

describe('the binary version of CIFAR', () => {
  it('10: five batches in their order, planes of red, green and blue, in the folder that its archive makes', async () => {
    const data = await openData(folder(inFolder('cifar-10-batches-bin', cifar10)));
    expect(data).toMatchObject({ kind: 'CIFAR-10', classes: names, train: { count: 6, shape: [3, 32, 32] } });
    expect(data.transform).toEqual({ type: 'resizeCrop', channels: 3, resize: 32, crop: [32, 32] });
    expect([...data.train.targets]).toEqual([3, 9, 0, 1, 2, 4]);
    expect([...data.test.targets]).toEqual([5]);
    const at = (n: number, c: number, y: number, x: number) => data.train.inputs[((n * 3 + c) * 32 + y) * 32 + x];
    expect([at(5, 0, 0, 0), at(5, 1, 7, 31), at(5, 2, 31, 16)]).toEqual([0, 95, 223]);
  });

  it('100: by its fine labels, the second of each record', async () => {
    const record = (coarse: number, fine: number) => cifarRecord([coarse, fine], pixel);
    const fine = Array.from({ length: 100 }, (_, i) => `fine ${i}`);
    const files = {
      'train.bin': Buffer.concat([record(3, 99), record(19, 0)]),
      'test.bin': record(1, 42),
      'fine_label_names.txt': fine.join('\n'),
    };
    const data = await openData(folder(files));
    expect(data).toMatchObject({ kind: 'CIFAR-100', classes: fine });
    expect([[...data.train.targets], [...data.test.targets], data.test.inputs[1024]]).toEqual([[99, 0], [42], 80]);
  });

  it.each<[string, Record<string, string | Uint8Array | undefined>, RegExp]>([
    [
      'a batch cut short',
      { 'data_batch_4.bin': batch(2).subarray(1) },
      /data_batch_4\.bin: expected .* of 3073 bytes; found 3072/,
    ],
    [
      'a batch with a byte more',
      { 'data_batch_4.bin': Buffer.concat([batch(2), batch(2).subarray(0, 1)]) },
      /found 3074/,
    ],
    ['an empty batch', { 'test_batch.bin': '' }, /test_batch\.bin: .*found 0 bytes/],
    [
      'a label beyond the classes',
      { 'data_batch_1.bin': batch(3, 10) },
      /byte 3073: expected a label below 10; found 10/,
    ],
    ['a web page', { 'test_batch.bin': '<!DOCTYPE html><p>' }, /test_batch\.bin: .*found a web page/],
    ['names missing', { 'batches.meta.txt': 'cat\ndog' }, /labels below 2, one for each name; found 9/],
  ])('refuses %s', async (_title, files, message) => {
    const text = await failure(openData(folder({ ...cifar10, ...(files as Record<string, string>) })));
    expect(text).toMatch(/^FORMAT: /);
    expect(text).toMatch(message);
  });

  it('says which batch is missing', async () => {
    const { 'data_batch_3.bin': _, ...others } = cifar10;
    expect(await failure(openData(folder(others)))).toMatch(/^FILE: .*CIFAR-10; data_batch_3\.bin is missing/);
  });

  it.each([
    ['CIFAR-10', inFolder('cifar-10-batches-py', { data_batch_1: '\x80\x02', test_batch: '', 'batches.meta': '' })],
    ['CIFAR-100', { meta: '\x80\x02', train: '\x80\x02', test: '\x80\x02' }],
  ])('refuses the version of %s for Python, and says what to take', async (kind, files) => {
    const text = await failure(openData(folder(files)));
    expect(text).toMatch(
      new RegExp(`^FORMAT: .*binary version of ${kind};.*Take ${kind.toLowerCase()}-binary\\.tar\\.gz`),
    );
  });
});
