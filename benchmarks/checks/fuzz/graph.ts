import { isDeepStrictEqual } from 'node:util';
import { HeddleError } from '../../../src/errors.js';
import type { Graph, GraphInput, GraphModule, GraphNode } from '../../../src/graph/graph.js';
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  Dropout2d,
  Flatten,
  GELU,
  GroupNorm,
  type Layer,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  ReLU,
  readGraph,
  type Shape,
  Sigmoid,
  Softmax,
  Upsample,
} from '../../../src/index.js';
import { createLayer } from '../../../src/layers/registry.js';
import type { Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const graphReader: FuzzedReader = {
  name: 'graph',
  codes: ['ARGUMENT', 'SHAPE'],
  share: 6,
  prepare(random) {
    // Through text, as from a file, so that parts are not shared.
    const right = JSON.parse(JSON.stringify(randomGraph(random)));
    if (random.chance(0.3)) return () => checkGraph(right, true);
    // For samples of another shape, which its layers may not take.
    const other = { ...right, inputs: [{ ...right.inputs[0], shape: randomShape(random) }] };
    if (random.chance(0.3)) return () => checkGraph(other, undefined);
    let graph: unknown = right;
    for (let times = 1 + random.below(2); times > 0; times--) graph = change(random, graph);
    return () => checkGraph(graph, undefined);
  },
};

/** Of up to eight nodes, which take values at random, with modules that stand at two places or have two nodes. */
function randomGraph(random: Random): Graph {
  const values: GraphInput[] = [{ name: random.pick(names), shape: randomShape(random) }];
  const nodes: GraphNode[] = [];
  const modules: GraphModule[] = [{ path: '', type: 'Sequential' }];
  for (let count = random.below(9); count > 0; count--) {
    const { name: input, shape } = random.chance(0.7) ? values[values.length - 1] : random.pick(values);
    const name = `${random.pick(names)}.${nodes.length}`;
    const drawn = randomNode(random, name, input, shape);
    nodes.push(drawn.node);
    values.push({ name, shape: drawn.shape });
    if (drawn.node.module !== name) continue;
    modules.push({ path: name, type: drawn.node.type });
    if (random.chance(0.2)) modules.push({ path: `${name}.again`, type: drawn.node.type, sameAs: name });
    if (drawn.shape.join() !== shape.join() || random.chance(0.5)) continue;
    nodes.push({ ...drawn.node, name: `${name}_1`, inputs: [name] });
    values.push({ name: `${name}_1`, shape });
  }
  const [first, last] = [values[0], values[values.length - 1]];
  return { version: 1, inputs: [first], nodes, outputs: [last.name], modules };
}

const randomShape = (random: Random): Shape =>
  random.chance(0.3) ? [size(random)] : [size(random), 1 + random.below(9), 1 + random.below(9)];

const names = ['a', 'features', 'größe', 'constructor', 'toString', 'x'.repeat(300)];

function randomNode(random: Random, name: string, input: string, shape: Shape): { node: GraphNode; shape: Shape } {
  if (random.chance(0.2)) {
    const type = random.pick(['Add', 'Mul', 'Concat']);
    const node = { name, type, arguments: [], inputs: [input, input] };
    return { node, shape: createLayer(type, []).outputShape(shape, shape) };
  }
  const layer = randomLayer(random, shape);
  const node = { name, type: layer.type, arguments: layer.arguments(), inputs: [input], module: name };
  return { node, shape: layer.outputShape(shape) };
}

/** One that takes such a shape. */
function randomLayer(random: Random, shape: Shape): Layer {
  const [channels, height, width] = shape;
  const pair = (): [number, number] => [1 + random.below(3), 1 + random.below(3)];
  const window = (): [number, number] => [1 + random.below(height), 1 + random.below(width)];
  const bias = random.chance(0.5);
  const [eps, momentum] = [random.below(9) / 7, random.pick([null, random.below(9) / 8])];
  const norm = { eps, momentum, affine: bias, trackRunningStats: random.chance(0.5) };
  const groups = random.pick([1, 2, channels].filter((count) => channels % count === 0));
  const ofAny = [
    () => new ReLU(),
    () => new Sigmoid(),
    () => new Flatten(),
    () => new Dropout(random.below(9) / 8),
    () => new LeakyReLU(random.below(9) / 4 - 1),
    () => new GELU({ approximate: random.pick(['none', 'tanh']) }),
    () => new Softmax(1),
    () => new LayerNorm(shape.slice(random.below(shape.length)), { eps, elementwiseAffine: bias }),
    () => new GroupNorm(groups, channels, { eps, affine: bias }),
  ];
  const ofFeatures = [() => new Linear(channels, size(random), { bias }), () => new BatchNorm1d(channels, norm)];
  const ofImages = [
    () => new Conv2d(channels, size(random), window(), { stride: pair(), padding: [random.below(3), 0], bias }),
    () => new Conv2d(channels, channels, pair(), { padding: 5, dilation: pair(), groups: channels, bias }),
    () => new ConvTranspose2d(channels, size(random), pair(), { stride: pair(), dilation: pair(), bias }),
    () => new BatchNorm2d(channels, norm),
    () => new MaxPool2d(window(), { stride: pair(), ceilMode: random.chance(0.5) }),
    () => new AvgPool2d(window(), { stride: pair(), ceilMode: random.chance(0.5) }),
    () => new Upsample({ scaleFactor: pair(), mode: random.pick(['nearest', 'bilinear']) }),
    () => new Dropout2d(random.below(9) / 8),
    () => new AdaptiveAvgPool2d(pair()),
  ];
  return random.pick<() => Layer>([...ofAny, ...(shape.length === 1 ? ofFeatures : ofImages)])();
}

/** Of channels or features: mostly small, at times one that no memory holds. */
const size = (random: Random) => (random.chance(0.9) ? 1 + random.below(9) : random.pick([1e6, 1e9, 1e12]));

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
  'inputs',
  'arguments',
  'module',
  'sameAs',
  'padding',
  '',
  'a.b',
  '01',
];

function replacement(random: Random, value: unknown): unknown {
  return random.pick<() => unknown>([
    () => random.pick([null, true, false, '', 0, -0, -1, 0.5, 1e300, 1e9, [], {}]),
    () => random.pick([...oddNames, 'Sequential', 'Conv2d', 'Add', 'ReLU', '1', '0.5', 'y'.repeat(1000)]),
    () => random.size(),
    () => [value],
    () => ({ [random.pick(oddNames)]: value }),
    () => nested(random.pick([3, 31, 32, 33, 3000]), (inner) => [inner]),
    () => nested(random.pick([3, 31, 32, 33, 3000]), (inner) => ({ type: inner })),
  ])();
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

export function checkGraph(graph: unknown, right: boolean | undefined): void {
  let read: Graph;
  try {
    read = readGraph(graph);
  } catch (error) {
    expectThat(!(error instanceof HeddleError && right), `refused a right graph: ${error}`);
    throw error;
  }
  expectThat(isDeepStrictEqual(read, graph), 'took a graph and made another of it');
}
