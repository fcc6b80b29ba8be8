import { describe, expect, it } from '@jest/globals';
import { decodeOptimizerState, encodeOptimizerState, Model, type OptimizerStateDict } from '../../src/index.js';
import { relativeError } from '../support/golden.js';
import {
  numbersOf,
  type OptimizerCase,
  optimizerOf,
  optimizerStates,
  parametersOf,
  takeSteps,
  twoPartModel,
  twoPartNetwork,
} from '../support/optimizerRun.js';

const { cases, float32Error } = optimizerStates;
const titled = cases.map((golden): [string, OptimizerCase] => [
  `${golden.optimizer} ${JSON.stringify(golden.options)}`,
  golden,
]);

/** PyTorch's state of a case, with tensors; the float64 numbers of the reference are rounded to float32. */
const stateOf = (golden: OptimizerCase, shapes: readonly (readonly number[])[]): OptimizerStateDict => ({
  param_groups: golden.param_groups,
  state: Object.fromEntries(
    Object.entries(golden.state).map(([number, tensors]) => [
      number,
      Object.fromEntries(
        Object.entries(tensors).map(([key, numbers]) => [
          key,
          { shape: key === 'step' ? [] : shapes[Number(number)], data: Float32Array.from(numbers) },
        ]),
      ),
    ]),
  ),
});

/** The shapes of the parameters in the order of a state. */
const shapesOf = ({ state }: OptimizerStateDict, key: string) =>
  Object.values(state).map((one) => one[key]?.shape ?? []);

// PyTorch's own float32 is off by float32Error at worst over these cases. Ours rounds the same sums at other places (PyTorch
// fuses some, and starts from float64 here), and three steps more begin from a state that was rounded once: four times that.
describe.each(['reference', 'simd'] as const)('with %s kernels', (kernels) => {
  it.each(titled)('%s: six steps, and the state after three, within 4 of PyTorch’s float32 errors', (_, golden) => {
    const [model, optimizer] = [twoPartModel(kernels), optimizerOf(golden)];
    takeSteps(optimizer, model, 0, 3);
    expectNear(parametersOf(model), golden.after[0]);
    const { state, param_groups } = optimizer.stateDict(model);
    expect(Object.keys(state)).toEqual(Object.keys(golden.state));
    for (const [number, tensors] of Object.entries(golden.state))
      expectNear(
        Object.fromEntries(Object.entries(state[Number(number)]).map(([key, tensor]) => [key, numbersOf(tensor)])),
        tensors,
      );
    expect(golden.param_groups).toMatchObject(param_groups);
    takeSteps(optimizer, model, 3, 6);
    expectNear(parametersOf(model), golden.after[1]);
  });
});

function expectNear(found: Readonly<Record<string, readonly number[]>>, expected: typeof found): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, numbers] of Object.entries(expected))
    expect([name, relativeError(found[name], numbers) < 4 * float32Error]).toEqual([name, true]);
}

describe('a state dict', () => {
  it.each(titled)(
    '%s: PyTorch’s weights and state after three steps, three steps later, within 4 of its float32 errors',
    (_, golden) => {
      const [model, optimizer] = [twoPartModel(), optimizerOf(golden)];
      const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
      const weights = Object.entries(golden.after[0]).map(
        ([name, data]) => [name, { shape: shapes.get(name) ?? [], data }] as const,
      );
      model.loadStateDict(new Map(weights), { strict: false });
      // Another optimizer of its kind tells which parameter has which number.
      const other = optimizerOf(golden);
      const second = twoPartModel();
      takeSteps(other, second, 0, 1);
      const key = optimizerOf(golden).stateNames()[0];
      optimizer.loadStateDict(model, stateOf(golden, shapesOf(other.stateDict(second), key)));
      takeSteps(optimizer, model, 3, 6);
      expectNear(parametersOf(model), golden.after[1]);
    },
  );

  it.each(titled)('%s: through a file, goes on with the bits of not having stopped', (_, golden) => {
    const [whole, optimizer] = [twoPartModel(), optimizerOf(golden)];
    takeSteps(optimizer, whole, 0, 3);
    optimizer.learningRate /= 3; // as a schedule does
    for (const group of optimizer.groups ?? []) group.learningRate = (group.learningRate ?? 0) / 5;
    const [bytes, weights] = [encodeOptimizerState(optimizer.stateDict(whole)), parametersOf(whole)];
    takeSteps(optimizer, whole, 3, 6);

    const [model, second] = [twoPartModel(), optimizerOf(golden)];
    for (const [name, numbers] of Object.entries(weights)) {
      const shape = model.parameters.find((parameter) => parameter.name === name)?.shape ?? [];
      model.loadStateDict({ [name]: { shape, data: numbers } }, { strict: false });
    }
    takeSteps(second, twoPartModel(), 0, 2); // an optimizer may have other models
    second.loadStateDict(model, decodeOptimizerState(bytes));
    takeSteps(second, model, 3, 6);
    expect(parametersOf(model)).toEqual(parametersOf(whole));
  });

  it('before the first step is empty, and takes an optimizer back to its beginning', () => {
    const golden = cases[3];
    const [model, optimizer] = [twoPartModel(), optimizerOf(golden)];
    const fresh = optimizer.stateDict(model);
    expect(fresh.state).toEqual({});
    takeSteps(optimizer, model, 0, 2);
    optimizer.loadStateDict(model, fresh);
    model.loadStateDict(twoPartModel().stateDict());
    takeSteps(optimizer, model, 0, 3);
    expectNear(parametersOf(model), golden.after[0]);
  });

  it('of a model whose first part is frozen numbers the other parameters, as of an optimizer that was given those', () => {
    const golden = { optimizer: 'Adam', options: { learningRate: 0.01 } } as const;
    const frozen = new Model(twoPartNetwork(), { inputShape: [2, 4, 4], batchSize: 2, frozen: ['features'] });
    const optimizer = optimizerOf(golden);
    optimizer.step(frozen);
    const { state, param_groups } = optimizer.stateDict(frozen);
    expect(param_groups.map(({ params }) => params)).toEqual([[0, 1]]);
    expect(Object.values(state).map(({ exp_avg }) => exp_avg.shape)).toEqual([[3, 16], [3]]);
  });
});
