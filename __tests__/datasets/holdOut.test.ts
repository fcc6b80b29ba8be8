import { expect, it } from '@jest/globals';
import { holdOut } from '../../src/datasets/holdOut.js';
import { thrown } from '../support/thrown.js';

const labels = [...Array(50).fill(2), ...Array(10).fill(0), 1, 3, 3, ...Array(38).fill(2)];

it('holds out a fifth of each class, rounded, one at least of two, and none of a single sample', () => {
  const { train, test } = holdOut(labels, 0.2, 0);
  const counts = [0, 1, 2, 3].map((label) => [...test].filter((place) => labels[place] === label).length);
  expect(counts).toEqual([2, 0, 18, 1]);
  expect([...train, ...test].sort((a, b) => a - b)).toEqual([...labels.keys()]);
  for (const places of [train, test]) expect([...places]).toEqual([...places].sort((a, b) => a - b));
});

it('leaves one of each class of two or more to train on, however large the share', () => {
  const { train } = holdOut(labels, 0.999, 0);
  expect([...train].map((place) => labels[place]).sort()).toEqual([0, 1, 2, 3]);
});

it('draws the same for the same seed and others for another, at random places of a class', () => {
  expect(holdOut(labels, 0.2, 7)).toEqual(holdOut(labels, 0.2, 7));
  const draws = Array.from({ length: 200 }, (_, seed) => holdOut(labels, 0.2, seed).test);
  expect(new Set(draws.map(String)).size).toBe(200);
  // Each of the 88 of class 2 is drawn 41 times in 200, by a deviation of 5.7.
  const drawn = labels.map((_, place) => draws.filter((test) => test.includes(place)).length);
  for (const place of labels.keys()) if (labels[place] === 2) expect(Math.abs(drawn[place] - 41)).toBeLessThan(24);
});

it('depends on the samples of a class alone: those of others change nothing', () => {
  const alone = holdOut(Array(50).fill(2), 0.2, 5).test;
  const among = holdOut([...Array(50).fill(2), ...Array(30).fill(1)], 0.2, 5).test;
  expect([...among].filter((place) => place < 50)).toEqual([...alone]);
});

it.each([0, 1, -0.2, 1.5, Number.NaN])('refuses the share %p', (share) => {
  expect(thrown(() => holdOut([0, 0, 1, 1], share, 0))).toMatch(/^ARGUMENT: the share to hold out must be above 0/);
});
