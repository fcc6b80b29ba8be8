import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultSpace, originalSettings, pointIn } from '../../src/fashionMnist/defaultSpace.js';
import { readSpace } from '../../src/search/space.js';
import { loadSpace } from '../../src/search/spaceFile.js';
import { thrown } from '../support/thrown.js';

const range = { low: 0, high: 1 };

describe('a space from a file', () => {
  it.each([
    ['the default space', defaultSpace],
    [
      'ranges of all kinds, choices of all kinds, and fixed values',
      {
        even: range,
        log: { low: 1e-5, high: 1, log: true },
        whole: { low: -3, high: 3, integer: true },
        wholeLog: { low: 1, high: 512, log: true, integer: true },
        steps: { low: 0.1, high: 0.8, step: 0.1 },
        choice: { choices: ['a', 1, true, false] },
        number: 0.9,
        text: 'cosine',
        flag: true,
      },
    ],
  ])('is read as it is: %s', (_what, space) => {
    expect(readSpace(JSON.parse(JSON.stringify(space)), 'space.json')).toEqual(space);
    expect(Object.keys(readSpace(space, 'space.json'))).toEqual(Object.keys(space));
  });

  it.each<[string, unknown, string]>([
    ['an array', [], 'space.json: expected an object with a parameter for each name; found '],
    ['null', null, 'space.json: expected an object with a parameter for each name; found '],
    ['nothing to search', { lr: 0.1 }, 'space.json: expected a range or choices for one name at least; found none'],
    ['an empty object', {}, 'space.json: expected a range or choices for one name at least; found none'],
    ['a number as a name', { 7: range }, "space.json: expected names of letters and digits, a letter first; found '7'"],
    [
      '__proto__',
      JSON.parse('{"__proto__": 1}'),
      'space.json: expected names of letters and digits, a letter first; f',
    ],
    [
      'a list as a parameter',
      { lr: [1, 2] },
      'space.json: lr: expected { "low", "high" }, { "choices": […] }, or a num',
    ],
    [
      'no high',
      { lr: { low: 1 } },
      'space.json: lr: expected { "low", "high" }, { "choices": […] }, or a number, text,',
    ],
    [
      'null as a parameter',
      { lr: null },
      'space.json: lr: expected { "low", "high" }, { "choices": […] }, or a number',
    ],
    ['a low above its high', { lr: { low: 2, high: 1 } }, 'space.json: lr: expected a low below its high, both finite'],
    ['a low at its high', { lr: { low: 1, high: 1 } }, 'space.json: lr: expected a low below its high, both finite nu'],
    [
      'text as low',
      { lr: { low: '0', high: 1 } },
      'space.json: lr: expected a low below its high, both finite numbers',
    ],
    [
      'an endless range',
      { lr: { low: 0, high: Infinity } },
      'space.json: lr: expected a low below its high, both fini',
    ],
    ['log from 0', { lr: { ...range, log: true } }, 'space.json: lr: expected a low above 0, as log is true; found '],
    ['log as text', { lr: { low: 1, high: 2, log: 'yes' } }, 'space.json: lr: expected log to be true or false; found'],
    ['integer as 1', { lr: { ...range, integer: 1 } }, 'space.json: lr: expected integer to be true or false; found '],
    [
      'half a whole number',
      { n: { low: 0.5, high: 2, integer: true } },
      'space.json: n: expected whole numbers, as in',
    ],
    [
      'a step that leads past high',
      { p: { ...range, step: 0.3 } },
      'space.json: p: expected a step above 0 that leads',
    ],
    [
      'a step of 0',
      { p: { ...range, step: 0 } },
      'space.json: p: expected a step above 0 that leads from low to high ',
    ],
    [
      'a negative step',
      { p: { ...range, step: -0.5 } },
      'space.json: p: expected a step above 0 that leads from low to',
    ],
    [
      'log steps',
      { p: { low: 1, high: 2, log: true, step: 1 } },
      'space.json: p: expected a step without log and integ',
    ],
    [
      'an unknown key',
      { p: { ...range, base: 2 } },
      'space.json: p: expected nothing but low, high, log, integer and s',
    ],
    ['a key beside choices', { p: { choices: [1, 2], low: 1 } }, 'space.json: p: expected nothing but choices; found '],
    [
      'one choice',
      { p: { choices: [1] } },
      'space.json: p: expected two or more numbers, texts or booleans as choices',
    ],
    [
      'choices as text',
      { p: { choices: 'ab' } },
      'space.json: p: expected two or more numbers, texts or booleans as ch',
    ],
    [
      'a list as a choice',
      { p: { choices: [1, [2]] } },
      'space.json: p: expected two or more numbers, texts or boolean',
    ],
    ['a choice twice', { p: { choices: [1, 2, 1] } }, "space.json: p: expected each choice once; found '[1,2,1]'"],
  ])('is refused: %s', (_what, value, message) => {
    expect(thrown(() => readSpace(value, 'space.json'))).toContain(`FORMAT: ${message}`);
  });
});

describe('the original settings', () => {
  it('are a point of the default space, by its names', () => {
    expect(pointIn(defaultSpace, originalSettings)).toEqual(originalSettings);
    expect(Object.keys(originalSettings)).toEqual(Object.keys(defaultSpace));
  });

  it('are taken as far as a space goes, with what it fixes, and not if it has other names', () => {
    expect(pointIn({ lr: { low: 0.1, high: 1 }, momentum: 0.9 }, originalSettings)).toEqual({
      lr: 0.15,
      momentum: 0.9,
    });
    expect(pointIn({ lr: { low: 0.1, high: 1 }, layers: { choices: [1, 2] } }, originalSettings)).toBeUndefined();
  });
});

describe('loadSpace', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heddle-space-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const written = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  it('reads JSON, and the default export of a module', async () => {
    const space = { lr: range };
    expect(await loadSpace(await written('space.json', '{"lr": {"low": 0, "high": 1}}'))).toEqual(space);
    expect(await loadSpace(await written('space.mjs', 'export default { lr: { low: 0, high: 1 } };'))).toEqual(space);
  });

  it.each([
    ['no such file', 'none.json', undefined, 'FILE', 'cannot read'],
    ['no JSON', 'text.json', 'lr: 1', 'FORMAT', 'text.json: expected JSON'],
    ['no such module', 'none.mjs', undefined, 'FILE', 'cannot import'],
    ['a module that throws', 'throws.mjs', 'throw new Error("oh no")', 'FILE', 'oh no'],
    ['a module without a default export', 'other.mjs', 'export const lr = 1;', 'FORMAT', 'expected an object with a'],
  ])('refuses %s', async (_what, name, text, code, message) => {
    const path = text === undefined ? join(folder, name) : await written(name, text);
    await expect(loadSpace(path)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
