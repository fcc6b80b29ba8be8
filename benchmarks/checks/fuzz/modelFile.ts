import { transformedShape } from '../../../src/data/imageTransform.js';
import { HeddleError, shown } from '../../../src/errors.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../../src/formats/safetensors.js';
import { BatchNorm2d } from '../../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { Flatten } from '../../../src/layers/flatten.js';
import { Linear } from '../../../src/layers/linear.js';
import { Model } from '../../../src/network/model.js';
import { describeModel, readDescription } from '../../../src/network/modelDescription.js';
import { readGraph } from '../../../src/network/readGraph.js';
import { Sequential } from '../../../src/network/sequential.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { isPlainObject } from '../../../src/validate.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

/** A model's weights and its description: what every command reads that takes a model file. */
export const modelFileReader: FuzzedReader = {
  name: 'model file',
  codes: ['FORMAT', 'STATE_DICT'],
  share: 4,
  prepare(random) {
    const tensors = new Map([...savedState()].map(([name, tensor]) => [name, noise(random, tensor)]));
    const metadata = describedBy(random);
    const change = random.below(12);
    const names = [...tensors.keys()];
    const parameters = names.filter((name) => name !== counter);
    if (change === 0) tensors.delete(random.pick(parameters));
    if (change === 1) tensors.set('0.weights', { shape: [], data: new Float32Array(1) });
    if (change === 2) reshape(random, tensors);
    if (change === 3) metadata.set(...random.pick(wrongTexts));
    if (change === 4) retype(random, tensors, random.pick(parameters));
    if (change === 5)
      for (const name of names) rename(tensors, name, `${random.pick(['module.', '_orig_mod.'])}${name}`);
    if (change === 6) tensors.delete(counter);
    const bytes = encodeSafetensors(tensors, metadata);
    if (change < 9) return () => checkModelFile(bytes, change > 5);
    const damaged = damage(random, bytes);
    return () => checkModelFile(damaged, undefined);
  },
};

const counter = '1.num_batches_tracked';

const notNumbers = ['', ' ', 'NaN', 'Infinity', '0x10', '1e999', '1_0', '0,,5', '1 2', '٣', '--1', '.'];
const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
/** What is no number, no transform to 3×3 greys, no recipe, no flip, no shift, and no names. */
const wrongTexts: readonly [string, string][] = [
  ...notNumbers.flatMap((text): [string, string][] => [
    ['mean', text],
    ['std', text],
  ]),
  ...['', 'null', '7', '[]', '{}', deep, '{"type":"lightOnDark","height":3,"width":4}'].map(
    (text): [string, string] => ['transform', text],
  ),
  ...['', 'null', '"best"', '[1]', '{"lr":1e999}', '{"a":1,"a":2}', `{"a":${deep}}`].map((text): [string, string] => [
    'recipe',
    text,
  ]),
  ...['', '1', '"true"', 'TRUE'].map((text): [string, string] => ['testTimeFlip', text]),
  ...['', 'true', '"1"', '0.5', '-1', '3', '1e9'].map((text): [string, string] => ['testTimeShift', text]),
  ...['', '{}', '[1]', deep].map((text): [string, string] => ['classes', text]),
];

/** A right description. */
function describedBy(random: Random): Map<string, string> {
  const scale = (least: number) => (least + random.below(100)) / 7;
  const greys = { type: 'lightOnDark', height: 3, width: 3 } as const;
  const crop = { type: 'resizeCrop', channels: 1, resize: 1 + random.below(9), crop: [3, 3] } as const;
  const all = describeModel(model, {
    classes: ['a', 'b', 'c'],
    normalization: { mean: random.chance(0.5) ? scale(0) : [scale(0)], std: scale(1) },
    transform: random.pick([greys, crop]),
    testTimeFlip: random.chance(0.5),
    testTimeShift: random.below(3),
    recipe: { lr: scale(0), names: ['é', null], nested: { flag: true } },
  });
  return new Map([...all].filter(([name]) => ['graph', 'mean', 'std'].includes(name) || random.chance(0.8)));
}

const model = new Model(
  new Sequential([new Conv2d(1, 2, 2), new BatchNorm2d(2), new Flatten(), new Linear(8, 3, { bias: false })]),
  { inputShape: [1, 3, 3], batchSize: 1, shards: 1, kernels: 'reference' },
);

const savedState = () =>
  new Map([...model.stateDict()].map(([name, tensor]) => [name, { shape: tensor.shape, data: rowMajor(tensor) }]));

function noise(random: Random, { shape, data }: StoredTensor): StoredTensor {
  const bytes = random.bytes(data.byteLength).buffer;
  return { shape, data: data instanceof BigInt64Array ? new BigInt64Array(bytes) : new Float32Array(bytes) };
}

function reshape(random: Random, tensors: Map<string, StoredTensor>): void {
  const [name, { shape, data }] = random.pick([...tensors]);
  tensors.set(name, { shape: [...shape, 1], data });
}

/** Makes integers of a parameter, or what no array has. */
function retype(random: Random, tensors: Map<string, StoredTensor>, name: string): void {
  const { shape, data } = tensors.get(name) as StoredTensor;
  const bytes = new Uint8Array(data.length);
  const integers = random.pick<StoredTensor['data']>([
    bytes,
    new Int32Array(data.length),
    new BigUint64Array(data.length),
  ]);
  tensors.set(name, random.chance(0.5) ? { shape, data: integers } : { shape, data: bytes, storedType: 'F8_E4M3' });
}

function rename(tensors: Map<string, StoredTensor>, name: string, to: string): void {
  tensors.set(to, tensors.get(name) as StoredTensor);
  tensors.delete(name);
}

function checkModelFile(bytes: Uint8Array, right: boolean | undefined): void {
  const before = savedState();
  try {
    const { tensors, metadata } = decodeSafetensors(bytes);
    const { graph, normalization, transform, recipe } = readDescription(metadata, 'model file', readGraph);
    const { mean, std } = normalization ?? { mean: 0, std: 1 };
    model.loadStateDict(tensors);
    expectThat(right !== false, 'took a wrong file');
    expectThat([mean].flat().every(Number.isFinite), `took a mean of ${mean}`);
    expectThat(
      [std].flat().every((s) => s > 0 && s < Number.POSITIVE_INFINITY),
      `took an std of ${std}`,
    );
    expectThat(!graph || JSON.stringify(graph) === JSON.stringify(model.graph), 'took another graph');
    expectThat(!transform || transformedShape(transform).join() === '1,3,3', `took a transform to ${shown(transform)}`);
    expectThat(!recipe || isPlainObject(recipe), `took a recipe of ${shown(recipe)}`);
    const held = new Map([...savedState()].filter(([name]) => tensors.has(name)));
    expectThat(sameState(held, tensors), 'the model holds other values');
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    expectThat(right !== true, `refused a right file: ${error}`);
    expectThat(sameState(savedState(), before), 'a refused file changed the model');
    throw error;
  }
}

/** Compares to the bit, but for NaN, whose bits a processor may change as it copies them. */
const sameState = (a: ReadonlyMap<string, StoredTensor>, b: ReadonlyMap<string, StoredTensor>) =>
  a.size === b.size &&
  [...a].every(([name, { data }]) => data.every((value, i) => Object.is(value, sameKind(b.get(name)?.data[i], value))));

/** A number for a 64-bit integer or the other way round: a state dict takes both. */
const sameKind = (found: number | bigint | undefined, like: number | bigint) =>
  typeof like === 'bigint' ? BigInt(found ?? 0) : Math.fround(Number(found));
