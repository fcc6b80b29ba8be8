import type { ActivationKernels } from './contract/activations.js';
import type { ChannelKernels } from './contract/channels.js';
import type { DepthwiseKernels } from './contract/depthwise.js';
import type { ElementKernels } from './contract/elements.js';
import type { FactorKernels } from './contract/factors.js';
import type { ImageKernels } from './contract/images.js';
import type { ProductKernels } from './contract/products.js';
import type { TrainingKernels } from './contract/training.js';
import type { WinogradKernels } from './contract/winograd.js';

/** The one interface that all kernel sets implement: `reference` in plain TypeScript, the others in WebAssembly. All but
 * `relaxed` agree bit for bit, because each output element is made by the same operations in the same order, every product and
 * sum rounded to float32 apart (sums said to be float64 are kept so until they are stored).
 *
 * Letters: H, W height and width; C channels; M, K, N a product C[M×N] = A[M×K] · B[K×N]. Activations are NHWC: a row
 * of C channels for each pixel. "panels" are B packed as [⌈N/8⌉][K][8], zero where a column does not exist.
 *
 * An affine map of channels takes x to (x − center)·scale + shift, and is given as [center | scale | shift], C numbers
 * each. The center is a number near all of a channel's, so that their difference keeps its digits.
 *
 * A floor is the least number that a kernel gives, a ceiling the largest; NaN stays. −∞ and ∞ are none, 0 is ReLU, and 0 and 6
 * are ReLU6. */
export interface Kernels
  extends ProductKernels,
    WinogradKernels,
    DepthwiseKernels,
    ChannelKernels,
    FactorKernels,
    ElementKernels,
    ActivationKernels,
    ImageKernels,
    TrainingKernels {
  readonly name: 'reference' | 'simd' | 'wide' | 'relaxed';
}
