import { HeddleError, quote } from '../errors.js';
import { GRAPH_VERSION, type Graph, type GraphInput, type GraphModule, type GraphNode } from '../graph/graph.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { isPlainObject, kindOf } from '../validate.js';
import { layersOf, shapesOf } from './layersOf.js';

/** Of nodes, and of modules. */
const MOST = 10_000;
/** How deep lists and objects may stand in a layer's arguments. */
export const DEEPEST = 32;

/**
 * The graph of a network that comes from a file, such as JSON.parse gives it: plain values that must be, to the last one,
 * what a model's `graph` is. It takes memory for the layers' settings only, however large those are: for the numbers a Model
 * does, which checks their size.
 *
 * @throws HeddleError ARGUMENT saying where, what was expected and what was found; SHAPE for a layer that does not take its input
 */
export function readGraph(value: unknown): Graph {
  const graph = readRecord(value);
  shapesOf(graph, layersOf(graph));
  return graph;
}

/** The graph without a look at its layers, whose types need not be known. @throws HeddleError ARGUMENT as readGraph */
export function readRecord(value: unknown): Graph {
  const { version, inputs, nodes, outputs, modules } = fields('the graph', value, {
    version: isVersion,
    inputs: isList,
    nodes: isList,
    outputs: isList,
    modules: isList,
  });
  const graph: Graph = {
    version,
    inputs: inputs.map(readInput),
    nodes: nodes.map(readNode),
    outputs: outputs.map((name) => check('an output', isText, name)),
    modules: modules.map(readModule),
  };
  checkNames(graph);
  return graph;
}

function readInput(value: unknown, index: number): GraphInput {
  const { name, shape } = fields(`input ${index}`, value, { name: isText, shape: isShape });
  return { name, shape };
}

function readNode(value: unknown, index: number): GraphNode {
  const isIn = isPlainObject(value) && 'module' in value;
  const node = fields(`node ${index}`, value, {
    name: isText,
    type: isText,
    arguments: isArguments,
    inputs: isTexts,
    ...(isIn ? { module: isText } : {}),
  });
  return node as GraphNode;
}

function readModule(value: unknown, index: number): GraphModule {
  const isAlias = isPlainObject(value) && 'sameAs' in value;
  const module = fields(`module ${index}`, value, {
    path: isText,
    type: isText,
    ...(isAlias ? { sameAs: isText } : {}),
  });
  return module as GraphModule;
}

/** @throws HeddleError ARGUMENT unless each name is given once, before it is used, and every module is known */
function checkNames({ inputs, nodes, outputs, modules }: Graph): void {
  if (inputs.length !== 1 || outputs.length !== 1)
    throw wrong('the graph', 'one input and one output', `${inputs.length} and ${outputs.length}`);
  if (modules[0]?.path !== '')
    throw wrong('the graph', 'the network itself, of the empty path, as its first module', 'none');
  const paths = new Set<string>();
  const firstPaths = new Set<string>();
  for (const { path, sameAs } of modules) {
    if (paths.has(path)) throw wrong(`module ${quote(path)}`, 'each path once', 'it twice');
    if (sameAs !== undefined && !firstPaths.has(sameAs))
      throw wrong(`module ${quote(path)}`, 'as sameAs the first path to a module before it', quote(sameAs));
    paths.add(path);
    if (sameAs === undefined) firstPaths.add(path);
  }
  const values = new Set(inputs.map(({ name }) => name));
  const owners = new Map<string, string>();
  for (const { name, inputs: taken, module, ...settings } of nodes) {
    const node = `node ${quote(name)}`;
    if (taken.length === 0) throw wrong(node, 'at least one input', 'none');
    for (const input of taken) if (!values.has(input)) throw wrong(node, 'inputs before it', quote(input));
    if (values.has(name)) throw wrong(node, 'each name once', 'it twice');
    values.add(name);
    if (module === undefined) continue;
    if (!firstPaths.has(module)) throw wrong(node, 'the first path to a module of the graph', quote(module));
    const layer = JSON.stringify([settings.type, settings.arguments]);
    if ((owners.get(module) ?? layer) !== layer) throw wrong(node, `the layer of module ${quote(module)}`, layer);
    owners.set(module, layer);
  }
  if (!values.has(outputs[0])) throw wrong('the graph', 'the output of a node', quote(outputs[0]));
}

type Is<T> = readonly [expected: string, is: (value: unknown) => value is T];

const isVersion: Is<typeof GRAPH_VERSION> = [
  `version ${GRAPH_VERSION}, as this heddle writes it`,
  (value) => value === GRAPH_VERSION,
];
const isText: Is<string> = ['a text', (value) => typeof value === 'string'];
const isList: Is<readonly unknown[]> = [
  `a list of at most ${MOST}`,
  (value): value is readonly unknown[] => Array.isArray(value) && value.length <= MOST,
];
const isArguments: Is<readonly unknown[]> = [
  `a list, with lists and objects at most ${DEEPEST} deep`,
  (value): value is readonly unknown[] => isList[1](value) && !isDeeper(value, DEEPEST),
];
const isTexts: Is<readonly string[]> = [
  'a list of texts',
  (value): value is readonly string[] => isList[1](value) && value.every(isText[1]),
];
const isShape: Is<Shape> = [
  'a shape of one or three whole numbers',
  (value): value is Shape =>
    Array.isArray(value) &&
    [1, 3].includes(value.length) &&
    value.every((length) => Number.isSafeInteger(length) && length > 0),
];

const isDeeper = (value: unknown, depth: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth === 0 || Object.values(value).some((item) => isDeeper(item, depth - 1)));

function check<T>(place: string, [expected, is]: Is<T>, value: unknown): T {
  if (!is(value)) throw wrong(place, expected, Array.isArray(value) ? listOfKinds(value) : kindOf(value));
  return value;
}

const listOfKinds = (list: readonly unknown[]) => (list.length < 10 ? formatShape(list.map(kindOf)) : kindOf(list));

/** The fields of a record: those that it must have, and no others. */
function fields<T>(place: string, value: unknown, wanted: { readonly [Name in keyof T]: Is<T[Name]> }): T {
  const names = Object.keys(wanted) as (keyof T & string)[];
  if (!isPlainObject(value) || Object.keys(value).some((name) => !names.includes(name as never)))
    throw wrong(place, `an object with ${names.join(', ')}`, kindOf(value));
  return Object.fromEntries(names.map((name) => [name, check(`${place}, ${name}`, wanted[name], value[name])])) as T;
}

const wrong = (place: string, expected: string, found: string) =>
  new HeddleError('ARGUMENT', `graph of a network, ${place}: expected ${expected}; found ${found}`);
