import { fashionNet } from '../../src/fashionNet.js';
import { BatchNorm2d, Conv2d, type Layer, Sequential } from '../../src/index.js';

export interface Variant {
  readonly name: string;
  readonly network: () => Sequential;
  readonly rate: number;
}

/** The blocks of the network with other layers, its classifier as it is. */
function changed(network: Sequential, change: (block: readonly Layer[]) => readonly Layer[]): Sequential {
  const children = [...network.children].map(([name, child]) => {
    if (name === 'classifier') return [name, child];
    return [name, new Sequential(change((child as Sequential).layers().map(({ layer }) => layer)))];
  });
  return new Sequential(Object.fromEntries(children));
}

const withoutBatchNorm = () =>
  changed(fashionNet(), (block) => block.filter((layer) => !(layer instanceof BatchNorm2d)));

/** Without the second convolution of each block, and the ReLU and BatchNorm behind it. */
const oneConvolution = () =>
  changed(fashionNet(), (block) => {
    const second = block.findLastIndex((layer) => layer instanceof Conv2d);
    return block.toSpliced(second, 3);
  });

const rates = [0.15, 0.05, 0.015];

/** Each differs from the first in one thing, those without BatchNorm from the one of their rate. */
export const variants: readonly Variant[] = [
  ...rates.map((rate) => ({ name: 'as specified', network: fashionNet, rate })),
  ...rates.map((rate) => ({ name: 'without BatchNorm', network: withoutBatchNorm, rate })),
  { name: 'without Dropout', network: () => fashionNet({ dropout: 0 }), rate: rates[0] },
  { name: 'one convolution a block', network: oneConvolution, rate: rates[0] },
];
