import { expect, it } from '@jest/globals';
import { type Result, table } from '../../../benchmarks/speed/peers/table.js';

const engine = (name: string, variant: string, rate: number, ratio: number, peakMemory?: number) => ({
  engine: name,
  variant,
  version: '1',
  threads: 2,
  error: 1e-6,
  rates: [rate],
  rate,
  ratio,
  peakMemory,
});
const result = (mode: Result['mode'], title: string, ...engines: Result['engines']): Result => ({
  network: title,
  title,
  batch: 64,
  mode,
  engines,
});

it('a table of the results in one mode: the better float32 of PyTorch, ratios, geometric means, blank what there is not', () => {
  const results = [
    result(
      'train',
      'LeNet-5',
      engine('heddle', 'all cores', 16_000, 1, 150),
      engine('PyTorch', 'contiguous', 8000, 2, 290),
      engine('PyTorch', 'channels_last', 4000, 4, 280),
      engine('PyTorch', 'bfloat16', 32_000, 0.5, 270),
    ),
    result('infer', 'LeNet-5', engine('heddle', 'all cores', 1, 1)),
    result(
      'train',
      'MobileNetV2',
      engine('heddle', 'all cores', 500.4, 1, 480),
      engine('PyTorch', 'contiguous', 62.6, 8, 510),
    ),
  ];
  expect(table('train', results)).toBe(
    `
| training, images/s | heddle, all cores | PyTorch float32 | PyTorch bfloat16 | MB, heddle | MB, PyTorch float32 |
| ------------------ | ----------------- | --------------- | ---------------- | ---------- | ------------------- |
| LeNet-5, 64        | 16,000            | 8,000 (2.00)    | 32,000 (0.50)    | 150        | 290                 |
| MobileNetV2, 64    | 500               | 63 (8.00)       |                  | 480        | 510                 |
| geometric mean     |                   | (4.00)          | (0.50)           |            |                     |
`.trim(),
  );
});

it('one image in milliseconds, and memory blank where the system does not tell', () => {
  const engines = [engine('heddle', 'one thread', 1000, 0.4), engine('onnxruntime-node', 'node', 2500, 0.4)];
  expect(table('one', [result('one', 'LeNet-5', ...engines)]).split('\n')[2]).toMatch(
    /^\| LeNet-5 +\| 1\.00 +\| 0\.400 \(0\.40\) +\| +\| +\|$/,
  );
});
