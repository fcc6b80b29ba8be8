import type { LayerPlan } from '../layers/layer.js';
import { labelled } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import type { Operation } from './fusion/rule.js';

/** Says on the phases what they do, for a profile; `gradients` of the input and of the parameters. */
export function labelPasses({ node, layer, inputShapes }: Operation, gradients: number, plan: LayerPlan): LayerPlan {
  const { method } = plan;
  const name = `${node.name} ${node.type}`;
  const [input] = inputShapes;
  const operations = layer.operations?.(input);
  const bytes = 4 * (sizeOf(input) + sizeOf(plan.output.shape));
  const forward = operations ? { operations } : { bytes };
  const backward = operations ? { operations: gradients * operations } : { bytes };
  return {
    ...plan,
    forward: labelled(plan.forward, { name, method, pass: 'forward', ...forward }),
    backward: labelled(plan.backward, { name, method, pass: 'backward', ...backward }),
  };
}
