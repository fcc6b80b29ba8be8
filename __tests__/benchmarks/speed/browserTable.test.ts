import { describe, expect, it } from '@jest/globals';
import type { PeerTraining } from '../../../benchmarks/speed/browser/round.js';
import { note, type Result, table, verdicts } from '../../../benchmarks/speed/browser/table.js';

const heddle = {
  node1: [300, 310, 290],
  node2: [600, 580, 590],
  browser1: [300, 250, 300],
  browser2: [500, 500, 540],
  pageThread: [280, 280, 280],
};
const about = (batch: number, more: Partial<PeerTraining> = {}) => ({
  version: '4',
  peer: { batch, steps: 1, error: 1e-7, tolerance: 1e-5, ...more },
});
const result: Result = {
  network: 'fashionNet',
  title: 'the specified network',
  batch: 100,
  rates: { ...heddle, webgl: [10, 10, 10.8], cpu: [1.25, 1, 1.35] },
  about: { webgl: about(100, { steps: 10, renderer: 'ANGLE (SwiftShader)' }), cpu: about(4) },
};
const withoutPeers: Result = { network: 'lenet5', title: 'LeNet-5', batch: 64, rates: heddle, about: {} };
const rowsOf = (text: string) =>
  text.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('the browser benchmark', () => {
  it('a network a row: medians of images/s, and medians of the rounds’ ratios, which are no ratios of medians', () => {
    const [head, rule, row] = rowsOf(table([result]));
    expect(head.slice(-5)).toEqual(['2 workers to 1', 'to Node, 1', 'to Node, 2', 'to WebGL', 'to CPU']);
    expect(rule.join('')).toMatch(/^-+$/);
    const ratios = ['1.80', '1.00', '0.86', '50', '400'];
    expect(row).toEqual(['the specified network, 100', '300', '590', '300', '500', '280', '10', '1.3', ...ratios]);
  });

  it('a peer that did not start leaves its figure and its ratio blank', () => {
    const [, , row] = rowsOf(table([withoutPeers]));
    expect(row.slice(6, 8).concat(row.slice(-2))).toEqual(['', '', '', '']);
    expect(row.slice(1, 6)).not.toContain('');
  });

  it('each bar holds from its bound on, fails below it, and is not measured without its peer', () => {
    expect(verdicts(result).map((line) => line.replace(/:.*,/, ','))).toEqual([
      'holds, found 1.80',
      'holds, found 1.00',
      'fails, found 0.86',
      'holds, found 50.00',
      'holds, found 400.00',
    ]);
    expect(verdicts(withoutPeers).filter((line) => /^not measured: LeNet-5, .*TensorFlow/.test(line))).toHaveLength(2);
  });

  it('a note names what computes for WebGL, and that it is software, and a batch that is not heddle’s', () => {
    expect(note(result)).toBe(
      'the specified network: In a round TF.js WebGL takes 10 steps of 100 images; WebGL is ANGLE (SwiftShader), which is software, without a graphics card. ' +
        'In a round TF.js CPU takes one step of 4 images, because 100 would take it minutes.',
    );
    const card = { webgl: about(100, { renderer: 'GeForce' }) };
    expect(note({ ...result, about: card })).toMatch(/WebGL is GeForce\.$/);
  });
});
