import type { NdArray } from 'ndarray';
import { ElementwiseLoss } from './elementwiseLoss.js';
import type { MetricName } from './loss.js';

/** A loss whose outputs are plain numbers, as near to the targets as can be. */
export abstract class RegressionLoss extends ElementwiseLoss {
  metricsOf(): readonly MetricName[] {
    return ['meanAbsoluteError'];
  }

  predictionOf(outputs: NdArray<Float32Array>): NdArray<Float32Array> {
    return outputs;
  }
}
