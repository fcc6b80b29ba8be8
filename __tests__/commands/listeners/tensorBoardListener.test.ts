import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { tensorBoardListener } from '../../../src/commands/listeners/tensorBoardListener.js';
import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import type { RunEvent } from '../../../src/training/events.js';
import { runEnd, runStart, runStep } from '../../support/runEvents.js';
import { readFolder } from '../../support/tensorBoard.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-board-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is read of a run that tells of this between its start and its end: of each event its step and what it has by tag. */
async function told(...events: RunEvent[]) {
  const listener = tensorBoardListener(folder);
  for (const event of [runStart, ...events, runEnd]) await listener(event);
  return readFolder(folder)
    .flat()
    .flatMap(({ step, values }) => (values ? [{ step, ...Object.fromEntries(values.map((v) => [v.tag, v])) }] : []));
}

const scalars = (values: Record<string, number>) =>
  Object.fromEntries(Object.entries(values).map(([tag, value]) => [tag, { tag, scalar: Math.fround(value) }]));

it('a run begins with what it is and its configuration, as texts that are shown as they are', async () => {
  const text = (tag: string, shown: string) => ({ tag, plugin: 'text', text: shown });
  expect(await told()).toEqual([
    {
      step: 0,
      about: text('about', '    *first* line\n    second\n    \n    <b>'),
      config: text('config', '    {\n      "seed": 3\n    }'),
    },
  ]);
});

it("a step has its own loss and accuracy, and an epoch each set's, the training set's apart from the steps'", async () => {
  const epoch: RunEvent = {
    event: 'epoch',
    epoch: 1,
    stepsDone: 10,
    trainLoss: 0.7,
    trainAccuracy: 0.6,
    validationLoss: 0.5,
    validationAccuracy: 0.55,
    validationTop5Accuracy: 0.9,
    testLoss: 0.4,
    testAccuracy: 0.45,
    seconds: 2,
    imagesPerSecond: 80,
    weightsHash: 'ab',
  };
  expect((await told(runStep(10), epoch)).slice(1)).toEqual([
    {
      step: 10,
      ...scalars({ 'loss/train': 0.25, 'accuracy/train': 0.75, learning_rate: 0.1, images_per_second: 100 }),
    },
    {
      step: 10,
      ...scalars({
        'loss/train_epoch': 0.7,
        'accuracy/train_epoch': 0.6,
        'loss/validation': 0.5,
        'accuracy/validation': 0.55,
        'top5_accuracy/validation': 0.9,
        'loss/test': 0.4,
        'accuracy/test': 0.45,
      }),
    },
  ]);
});

it('norms are under the names of their parameters', async () => {
  const parameters = [{ name: 'block1.0.weight', weight: 3, gradient: 0.5 }];
  expect((await told({ event: 'norms', stepsDone: 4, parameters }))[1]).toEqual({
    step: 4,
    ...scalars({ 'weight_norm/block1.0.weight': 3, 'gradient_norm/block1.0.weight': 0.5 }),
  });
});

it.each([
  ['one channel: in grey', [2, 1, 1, 2], [0.5, -1, 0, 0.25], 1, [191, 0, 255, 128, 159]],
  [
    'two channels: each in grey',
    [2, 2, 1, 1],
    [2, -2, 0, 1],
    1,
    [
      [255, 255, 0],
      [255, 255, 255],
      [128, 255, 191],
    ].flat(),
  ],
  ['three channels: in colour', [2, 3, 1, 1], [4, 0, -4, 0, 0, 0], 3, [255, 128, 0, 255, 255, 255, 128, 128, 128]],
])('filters of %s, from white to black, with white between them', async (_, shape, values, channels, pixels) => {
  const [, event] = await told({ event: 'filters', stepsDone: 5, name: 'conv1.weight', shape, values });
  const { image } = (event as unknown as Record<string, { image: { png: Uint8Array; width: number; height: number } }>)[
    'filters/conv1.weight'
  ];
  const decoded = await decodeImage(image.png);
  expect(decoded).toEqual({ width: image.width, height: image.height, channels, pixels: Uint8Array.from(pixels) });
});
