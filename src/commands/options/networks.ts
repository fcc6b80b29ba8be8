import { resolve } from 'node:path';
import { HeddleError, quote, reason } from '../../errors.js';
import { type FashionNetOptions, fashionNet, fashionNetInput } from '../../fashionMnist/network.js';
import { importDefault, isModuleName } from '../../formats/moduleFile.js';
import type { Graph } from '../../graph/graph.js';
import { isModule, type Module } from '../../graph/module.js';
import {
  efficientnetB0,
  lenet5,
  mobilenetV2,
  resnet18,
  resnet34,
  resnet50,
  vgg11Bn,
  vgg16Bn,
  vggSmall,
} from '../../networks.js';
import { formatShape, type Shape } from '../../tensor/shape.js';
import { kindOf } from '../../validate.js';
import { refused } from './setting.js';

/** What a network is made for. */
export interface NetworkFor {
  /** [channels, height, width] of the data. */
  readonly inputShape: readonly [channels: number, height: number, width: number];
  readonly numClasses: number;
  /** The probability of its Dropouts, where it has some and another one than its own is wanted. */
  readonly dropout?: number | undefined;
}

interface NamedNetwork {
  readonly make: (wanted: NetworkFor) => Module;
  /** The only shape of its input, where there is but one. */
  readonly inputShape?: NetworkFor['inputShape'];
  /** The least height and width of its input. */
  readonly leastSize?: number;
  readonly hasDropout?: true;
}

const withDropout = ({ numClasses, inputShape, dropout }: NetworkFor) => ({
  numClasses,
  inChannels: inputShape[0],
  ...(dropout === undefined ? {} : { dropout }),
});

const withoutDropout = ({ numClasses, inputShape }: NetworkFor) => ({ numClasses, inChannels: inputShape[0] });

const fashion = ({ numClasses, inputShape, dropout }: NetworkFor) => {
  const options: FashionNetOptions = { numClasses, inputShape };
  return fashionNet(dropout === undefined ? options : { ...options, dropout });
};

const table = {
  fashion: { make: fashion, leastSize: 4, hasDropout: true },
  lenet5: { make: ({ numClasses }) => lenet5({ numClasses }), inputShape: [1, 28, 28] },
  'vgg-small': { make: (wanted) => vggSmall(withoutDropout(wanted)), leastSize: 8 },
  resnet18: { make: (wanted) => resnet18(withoutDropout(wanted)) },
  'resnet18-small': { make: (wanted) => resnet18({ ...withoutDropout(wanted), smallImages: true }) },
  resnet34: { make: (wanted) => resnet34(withoutDropout(wanted)) },
  resnet50: { make: (wanted) => resnet50(withoutDropout(wanted)) },
  mobilenetv2: { make: (wanted) => mobilenetV2(withDropout(wanted)), hasDropout: true },
  efficientnetb0: { make: (wanted) => efficientnetB0(withDropout(wanted)), hasDropout: true },
  vgg11bn: { make: (wanted) => vgg11Bn(withDropout(wanted)), leastSize: 32, hasDropout: true },
  vgg16bn: { make: (wanted) => vgg16Bn(withDropout(wanted)), leastSize: 32, hasDropout: true },
} as const satisfies Record<string, NamedNetwork>;

/** The names that --network takes, of which torchvision's may be spelt with underscores, as there. */
export const networkNames = Object.keys(table);

/** What is trained on data that nobody named a network for: grey pictures of MNIST's size, or others. */
export const usualNetwork = (inputShape: NetworkFor['inputShape']) =>
  inputShape.join() === fashionNetInput.join() ? 'fashion' : 'vgg-small';

/** A network by its name or from a file. */
export interface NetworkChoice extends Omit<NamedNetwork, 'make'> {
  readonly make: (wanted: NetworkFor) => Module | Promise<Module>;
  /** The file, which worker threads import first, as it may register layers of its own. */
  readonly file?: string;
}

/** Where the network comes from that --network does not name, and what of it stays as it is. */
export interface NetworkSource {
  networkFor(wanted: { readonly inputShape: Shape; readonly numClasses: number }): Graph;
  frozen(graph: Graph): readonly string[];
}

/** What --network names.
 * @throws HeddleError ARGUMENT for what is neither a name nor the file of a module */
export function networkChoice(name: string): NetworkChoice {
  if (isModuleName(name)) return { make: (wanted) => fromFile(name, wanted), file: resolve(name), hasDropout: true };
  const known: NamedNetwork | undefined = table[plainName(name) as keyof typeof table];
  if (known && Object.hasOwn(table, plainName(name))) return known;
  throw refused(
    `--network ${name}: expected ${networkNames.join(', ')}, or a file that ends in .js, .mjs or .ts and exports one`,
  );
}

const plainName = (name: string) => name.toLowerCase().replaceAll('_', '');

/** The network that --network names, for some data.
 * @throws HeddleError ARGUMENT when it is none for inputs of this shape, or has no Dropout to set; FILE, FORMAT for a file
 *   that gives none */
export async function networkOf(name: string, wanted: NetworkFor): Promise<Module> {
  const { make, inputShape, leastSize = 1, hasDropout } = networkChoice(name);
  const found = formatShape(wanted.inputShape);
  if (inputShape && inputShape.join() !== wanted.inputShape.join())
    throw refused(
      `--network ${name} is for inputs of ${formatShape(inputShape)}; those of the data are ${found}. Take another one`,
    );
  const [, height, width] = wanted.inputShape;
  if (Math.min(height, width) < leastSize)
    throw refused(
      `--network ${name} is for pictures of ${leastSize}×${leastSize} pixels or more; those of the data are ${height}×${width}. Take another one, or a larger --image-size`,
    );
  if (wanted.dropout !== undefined && !hasDropout)
    throw refused(`--dropout does nothing with --network ${name}, which has none; leave it away`);
  return make(wanted);
}

/** @param file a module whose default export is a network, or a function that makes one of { inputShape, numClasses,
 *   dropout } */
async function fromFile(file: string, wanted: NetworkFor): Promise<Module> {
  const exported = await importDefault(file, 'write the network in JavaScript');
  const expected = `--network ${file}: expected a network, or a function that makes one of { inputShape, numClasses }, as the default export`;
  if (isModule(exported)) return exported;
  if (typeof exported !== 'function') throw new HeddleError('FORMAT', `${expected}; found ${kindOf(exported)}`);
  const made = await makeWith(exported as (wanted: NetworkFor) => unknown, wanted, file);
  if (!isModule(made)) throw new HeddleError('FORMAT', `${expected}; the function gave ${kindOf(made)}`);
  return made;
}

/** Code of others may throw anything. */
async function makeWith(make: (wanted: NetworkFor) => unknown, wanted: NetworkFor, file: string): Promise<unknown> {
  try {
    return await make(wanted);
  } catch (cause) {
    const options = quote(JSON.stringify(wanted));
    throw new HeddleError('ARGUMENT', `--network ${file}: its function threw with ${options}: ${reason(cause)}`, {
      cause,
    });
  }
}
