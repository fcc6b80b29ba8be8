import { depthwise } from './depthwise.js';
import { gemm } from './gemm.js';
import { gemmTransposed } from './gemmTransposed.js';
import { stridedMaps } from './stridedMaps.js';
import { winogradMaps } from './winogradMaps.js';
import { winogradProducts } from './winogradProducts.js';
import { winogradWeightProducts } from './winogradWeightProducts.js';

/** AssemblyScript that is printed when the kernels are built, by the name of the file in ../assembly that it stands for. */
export const printed: Readonly<Record<string, string>> = {
  'depthwiseTiles.ts': depthwise,
  'gemm.ts': gemm,
  'gemmTransposed.ts': gemmTransposed,
  'stridedMaps.ts': stridedMaps,
  'winogradMaps.ts': winogradMaps,
  'winogradTiles.ts': winogradProducts,
  'winogradWeightTiles.ts': winogradWeightProducts,
};
