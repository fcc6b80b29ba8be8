import { fashionNet } from '../../../src/fashionMnist/network.js';
import { BatchNorm2d, Conv2d, type Module, Sequential } from '../../../src/index.js';

export interface Variant {
  readonly name: string;
  readonly network: () => Sequential;
  readonly rate: number;
}

/** The blocks of the network with other layers, its classifier as it is. */
function changed(network: Sequential, change: (block: readonly Module[]) => readonly Module[]): Sequential {
  const children = [...network.children].map(([name, child]) => {
    if (name === 'classifier') return [name, child];
    return [name, new Sequential(change([...(child as Sequential).children.values()]))];
  });
  return new Sequential(Object.fromEntries(children));
}

const withoutBatchNorm = () =>
  changed(fashionNet(), (block) => block.filter((layer) => !(layer instanceof BatchNorm2d)));

/** The network without the second convolution of each block, and without the ReLU and BatchNorm behind it. */
const oneConvolution = () =>
  changed(fashionNet(), (block) => {
    const second = block.findLastIndex((layer) => layer instanceof Conv2d);
    return block.toSpliced(second, 3);
  });

const rates = [0.15, 0.05, 0.015];
const atRates = (name: string, network: () => Sequential, some = rates): Variant[] =>
  some.map((rate) => ({ name, network, rate }));

/** Each differs in one thing from the specified network at its rate; at 0.15 alone, seeds differ by more than variants. */
export const variants: readonly Variant[] = [
  ...atRates('as specified', fashionNet),
  ...atRates('without BatchNorm', withoutBatchNorm),
  ...atRates('without Dropout', () => fashionNet({ dropout: 0 }), rates.slice(0, 2)),
  ...atRates('one convolution a block', oneConvolution, rates.slice(0, 2)),
];
