import { isDeepStrictEqual } from 'node:util';
import { HeddleError } from '../../../src/errors.js';
import { type NetworkConfig, Sequential } from '../../../src/network/sequential.js';
import type { Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const configReader: FuzzedReader = {
  name: 'configuration',
  codes: ['ARGUMENT'],
  share: 6,
  prepare(random) {
    const config = sequential(random, 0);
    if (random.chance(0.3)) return () => checkConfig(config, true);
    // Through text, as from a file, so that parts are not shared.
    let changed: unknown = JSON.parse(JSON.stringify(config));
    for (let times = 1 + random.below(2); times > 0; times--) changed = change(random, changed);
    return () => checkConfig(changed, undefined);
  },
};

const names = ['a', 'features', 'größe', 'constructor', 'toString', 'x'.repeat(300)];

function sequential(random: Random, depth: number): NetworkConfig {
  const count = random.below(4);
  const keys = random.chance(0.5)
    ? Array.from({ length: count }, (_, i) => String(i))
    : names.slice(-count || names.length);
  return { type: 'Sequential', children: keys.map((name) => [name, child(random, depth)] as const) };
}

function child(random: Random, depth: number): NetworkConfig {
  const size = () => (random.chance(0.9) ? 1 + random.below(9) : random.pick([1e6, 1e9, 2 ** 53 - 1]));
  const pair = () => [size(), size()];
  const bias = random.chance(0.5);
  return random.pick<() => NetworkConfig>([
    () => (depth < 3 ? sequential(random, depth + 1) : { type: 'ReLU', arguments: [] }),
    () => ({
      type: 'Conv2d',
      arguments: [size(), size(), pair(), { stride: pair(), padding: [random.below(3), 0], bias }],
    }),
    () => ({ type: 'BatchNorm2d', arguments: [size(), { eps: random.below(9) / 7, momentum: random.below(9) / 8 }] }),
    () => ({ type: 'MaxPool2d', arguments: [pair(), { stride: pair() }] }),
    () => ({ type: 'Linear', arguments: [size(), size(), { bias }] }),
    () => ({ type: 'Dropout', arguments: [random.below(9) / 8] }),
    () => ({ type: random.pick(['ReLU', 'Flatten']), arguments: [] }),
  ])();
}

/** Replaces one value somewhere in a tree of plain values, takes it out, doubles it or wraps it up. */
function change(random: Random, value: unknown): unknown {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isBranch || random.chance(0.1)) return replacement(random, value);
  const key = random.pick(Object.keys(value));
  if (Array.isArray(value)) {
    const item = value[Number(key)];
    const items = random.pick([
      () => [change(random, item)],
      () => [change(random, item)],
      () => [],
      () => [item, item],
      () => [item, replacement(random, item)],
    ])();
    return value.toSpliced(Number(key), 1, ...items);
  }
  const fields = Object.entries(value).map(([name, field]) => [name, name === key ? change(random, field) : field]);
  if (random.chance(0.1)) fields.push([random.pick(oddNames), replacement(random, value)]);
  return Object.fromEntries(random.chance(0.1) ? fields.filter(([name]) => name !== key) : fields);
}

const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'toJSON',
  'type',
  'children',
  'arguments',
  'padding',
  '',
  'a.b',
  '01',
];

function replacement(random: Random, value: unknown): unknown {
  return random.pick<() => unknown>([
    () => random.pick([null, true, false, '', 0, -0, -1, 0.5, 1e300, 1e9, [], {}]),
    () => random.pick([...oddNames, 'Sequential', 'Conv2d', 'ReLU', '1', '0.5', 'y'.repeat(1000)]),
    () => random.size(),
    () => [value],
    () => ({ [random.pick(oddNames)]: value }),
    () => ({ type: 'Sequential', children: [['0', value]] }),
    () => nested(random.pick([31, 32, 33, 3000]), (inner) => ({ type: 'Sequential', children: [['0', inner]] })),
    () => nested(random.pick([3, 3000]), (inner) => [inner]),
    () => nested(random.pick([3, 3000]), (inner) => ({ type: inner })),
  ])();
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = { type: 'Flatten', arguments: [] };
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

export function checkConfig(config: unknown, right: boolean | undefined): void {
  let network: Sequential;
  try {
    network = Sequential.fromConfig(config);
  } catch (error) {
    expectThat(!(error instanceof HeddleError && right), `refused a right configuration: ${error}`);
    throw error;
  }
  expectThat(isDeepStrictEqual(network.toConfig(), config), 'took a configuration and made another of it');
}
