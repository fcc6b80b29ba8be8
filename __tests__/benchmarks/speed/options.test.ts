import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../../benchmarks/speed/peers/options.js';

const choices = { networks: ['lenet5', 'vgg11', 'resnet18'], peers: ['pytorch', 'onnxruntime-node'] };
const read = (...args: string[]) => readOptions(args, choices);

describe('the options of the benchmark beside its peers', () => {
  it('are everything, for five rounds of 0.8 s, unless they say otherwise', () => {
    expect(read()).toEqual({ ...choices, rounds: 5, seconds: 0.8, modes: undefined, scaling: false });
  });

  it('choose networks, peers and modes, which come in the order of all', () => {
    const { networks, peers, modes } = read('vgg11', '--peers', 'pytorch', 'lenet5', '--modes', 'one,train');
    expect([networks, peers, modes]).toEqual([['lenet5', 'vgg11'], ['pytorch'], ['train', 'one']]);
  });

  it.each([
    [['alexnet'], 'networks: there is no alexnet; there are lenet5, vgg11, resnet18'],
    [['--peers', 'pytorch,'], 'peers: there is no ; there are pytorch, onnxruntime-node'],
    [['--modes', 'both'], 'modes: there is no both; there are train, infer, one'],
    [['--rounds', '2.5'], '--rounds wants a whole number above 0, not 2.5'],
    [['--seconds', '0'], '--seconds wants a number above 0, not 0'],
    [['--round', '1'], "Unknown option '--round'"],
  ])('%j is refused: %s', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });
});
