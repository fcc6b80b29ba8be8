import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { commandPath, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
const at = (name: string) => join(temporary.path, name);
beforeAll(() => {
  const images = syntheticDataset(16, { classes: 10, size: 28 });
  return writeMnistFolder(at('data'), images, images);
});
beforeEach(() => rmSync(at('study'), { recursive: true, force: true }));

const study = [
  '--data',
  'data',
  '--network',
  'lenet5',
  '--epochs',
  '1',
  '--limit',
  '10',
  '--validation',
  '6',
  '--trials',
  '1',
  '--out',
  'study',
];
const tune = (file: string, module: string) => {
  writeFileSync(at(file), module);
  return runCommand('tune', ['--space', file, ...study], temporary.path);
};

const space = '{ lr: { low: 0.01, high: 0.1 } }';
const hostile = 'new Proxy({}, { get() { throw null }, getPrototypeOf() { throw undefined }, ownKeys() { throw 1 } })';

describe('a --space module ends tune with one line that names it, exit code 1 and nothing begun, when it', () => {
  it.each([
    ['throws null', 'throw null;', 'null was thrown'],
    ['throws undefined', 'throw undefined;', 'undefined was thrown'],
    ['throws a text of lines', 'throw "first\\nsecond";', "'first\\nsecond' was thrown"],
    ['throws a symbol', 'throw Symbol("s");', 'Symbol(s) was thrown'],
    ['throws a number', 'throw 7;', '7 was thrown'],
    ['throws an object', 'throw {};', 'without a message'],
    ['throws an Error', 'throw new Error("the\\nreason");', 'the\\nreason'],
    ['throws an Error without a message', 'throw new Error();', 'without a message'],
    [
      'throws an Error whose message throws',
      'throw Object.defineProperty(new Error(), "message", { get() { throw 1 } });',
      'thrown',
    ],
    ['throws a proxy that throws', `throw ${hostile};`, 'thrown'],
    [
      'throws after it has waited',
      'await new Promise((resolve) => setTimeout(resolve, 50)); throw null;',
      'null was thrown',
    ],
    ['is no JavaScript', 'export default {{;', 'Unexpected token'],
    ['imports what is not there', 'import "./nowhere.js"; export default {};', 'nowhere.js'],
    ['waits for what never comes', 'await new Promise(() => {}); export default {};', 'does not settle'],
    ['exports a promise that never settles', 'export default new Promise(() => {});', 'does not settle'],
    ['exports a promise that rejects with null', 'export default Promise.reject(null);', 'null was thrown'],
    ['exports a thenable that throws', 'export default { then() { throw null } };', 'null was thrown'],
    ['exports nothing', '', 'undefined'],
    ['exports null', 'export default null;', 'null'],
    ['exports a function', 'export default () => 1;', 'plain values'],
    ['exports a proxy that throws', `export default ${hostile};`, 'null was thrown'],
    ['exports a getter that throws null', 'export default { get lr() { throw null } };', 'null was thrown'],
    [
      'exports a getter that throws deep inside',
      'export default { lr: { low: 1, get high() { throw new Error("deep") } } };',
      'deep',
    ],
    ['exports a cyclic object', 'const lr = {}; lr.lr = lr; export default { lr };', 'lr'],
    ['exports cyclic choices', 'const choices = [1]; choices.push(choices); export default { lr: { choices } };', 'lr'],
    ['exports an object that is its own parameter', 'const s = {}; s.lr = s; export default s;', 'lr'],
    ['exports a BigInt', 'export default { lr: 1n };', '1n'],
    ['exports a BigInt among choices', 'export default { lr: { choices: [1n, 2n] } };', 'lr'],
    ['exports a symbol', 'export default { lr: Symbol("s") };', 'plain values'],
    ['exports a function as a parameter', 'export default { lr: () => 1 };', 'plain values'],
    ['exports what a JSON method throws on', 'export default { lr: { toJSON() { throw null } } };', 'plain values'],
    [
      'exports an object nested 100,000 deep',
      'let o = 1; for (let i = 0; i < 1e5; i++) o = { o }; export default { lr: o };',
      '',
    ],
    ['exports NaN', 'export default { lr: NaN };', 'lr'],
    ['exports a name with an escape sequence', 'export default { "\\x1b[31mred": 1 };', '\\u001b[31mred'],
  ])('%s', async (_, module, part) => {
    const { code, stdout, stderr } = await tune('space.mjs', module);
    expect(stderr).toMatch(/^error: [^\p{Cc}]*space\.mjs[^\p{Cc}]*\n$/u);
    expect(stderr).toContain(part);
    expect([code, stdout, readdirSync(temporary.path)]).toEqual([1, '', expect.not.arrayContaining(['study'])]);
  });
});

describe('a --space module cannot make tune end with 0 before its work is done, or with a stack trace:', () => {
  it.each([
    ['process.exit(0)', 'process.exit(0);', 'before its work was done'],
    [
      'process.exit() later',
      'setTimeout(() => process.exit(), 100); await new Promise(() => {});',
      'before its work was done',
    ],
    [
      'null thrown in the background',
      'setTimeout(() => { throw null }, 0); await new Promise((r) => setTimeout(r, 5000));',
      'null was thrown',
    ],
    [
      'a rejection in the background',
      'Promise.reject(undefined); await new Promise((r) => setTimeout(r, 5000));',
      'undefined was thrown',
    ],
    [
      'an Error in the background',
      'setTimeout(() => { throw new TypeError("why") }); await new Promise((r) => setTimeout(r, 5000));',
      'why',
    ],
    [
      'a hostile proxy in the background',
      `Promise.reject(${hostile}); await new Promise((r) => setTimeout(r, 5000));`,
      'thrown',
    ],
  ])('%s', async (_, module, part) => {
    const { code, stderr } = await tune('space.mjs', module);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toContain(part);
    expect(code).toBe(1);
  });
});

it.each([
  ['an object', `export default ${space};`],
  ['a promise of one', `export default Promise.resolve(${space});`],
  [
    'getters and a class',
    'class Range { low = 0.01; get high() { return 0.1; } } export default { get lr() { return { low: 0.01, high: 0.1 } } };',
  ],
  [
    'one, and leaves a timer and a server at work',
    `import net from "node:net"; net.createServer().listen(0); setInterval(() => {}, 1000); export default ${space};`,
  ],
])('a --space module that exports %s is searched, and the process ends', async (_, module) => {
  const { code, stderr } = await tune('space.mjs', module);
  expect([code, stderr]).toEqual([0, '']);
});

it('a --space module that does not end is given up after half a minute, with one line and exit code 1', async () => {
  const { code, stderr } = await tune('space.mjs', 'setInterval(() => {}, 1000); await new Promise(() => {});');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: [^\n]*space\.mjs[^\n]*does not settle\n$/)]);
});

it('JSON nested 100,000 deep is refused with one line', async () => {
  const { code, stderr } = await tune('space.json', `{"lr":${'['.repeat(1e5)}${']'.repeat(1e5)}}`);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: space\.json: [^\n]+\n$/)]);
});

it.each([
  ['throws null', 'throw null;', 'null was thrown'],
  ['throws an Error', 'throw new Error("why");', 'why'],
  ['throws a proxy that throws', `throw ${hostile};`, 'thrown'],
  ['ends the thread', 'process.exit(0);', 'exited'],
])('a layer module that %s in worker threads makes fit reject with the HeddleError WORKER', async (_, module, part) => {
  writeFileSync(at('layer.mjs'), module);
  const script = `
    import { Linear, Flatten, Sequential, SGD } from ${JSON.stringify(commandPath('train').replace('train.js', 'index.js'))};
    import { Trainer, loadMnistFolder } from ${JSON.stringify(commandPath('train').replace('train.js', 'node.js'))};
    const optimizer = new SGD({ learningRate: 0.1 });
    const network = new Sequential([new Flatten(), new Linear(784, 10)]);
    const trainer = new Trainer(network, { inputShape: [1, 28, 28], optimizer, workers: 2, layerModules: ['layer.mjs'] });
    try { for await (const _ of trainer.fit(await loadMnistFolder('data', 'test'), { epochs: 1 })); }
    catch (error) { console.log(error.name, error.code, error.message); }
    await trainer.close();
  `;
  writeFileSync(at('script.mjs'), script);
  const { code, stdout, stderr } = await outcomeOf(startProcess(process.execPath, ['script.mjs'], temporary.path));
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^HeddleError WORKER [^\n]+\n$/);
  expect(stdout).toContain(part);
});
