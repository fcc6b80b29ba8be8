import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const space = {
  lr: { low: 1e-5, high: 1e-3, log: true },
  dropout: { low: 0, high: 0.5 },
  schedule: { choices: ['constant', 'triangular'] },
  batchSize: 4,
  momentum: 0.9,
  nesterov: true,
  biasLr: 2,
  averageDecay: 0.5,
  updateBn: 1,
  lookahead: 2,
};
// Twelve training images in three steps an epoch; three trials of at most two epochs.
const settings = ['--data', 'data', '--space', 'space.json', '--limit', '12', '--validation', '20', '--epochs', '2'];
const tune = (...args: string[]) => runCommand('tune', args, temporary.path);

/** What of a study's file does not depend on time. */
const trials = (folder: string) =>
  jsonLines(readFileSync(at(folder, 'study.jsonl'), 'utf8')).map(({ seconds, ...rest }) => rest);

beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  const train = syntheticDataset(40, digits);
  await writeMnistFolder(at('data'), train, syntheticDataset(20, { ...digits, sample: 1 }));
  await writeMnistFolder(at('other'), syntheticDataset(40, { ...digits, sample: 2 }), train);
  writeFileSync(at('space.json'), JSON.stringify(space));
  const { code, stderr } = await tune(...settings, '--trials', '3', '--out', 'whole', '--workers', '2');
  expect([code, stderr]).toEqual([0, '']);
});

describe('tune', () => {
  it('writes a study of three trials, the best settings and a page that names them, with the command that trains with them on its data', () => {
    const ended = trials('whole').filter(({ event }) => event === 'end');
    expect(ended).toHaveLength(3);
    const best = JSON.parse(readFileSync(at('whole', 'best.json'), 'utf8'));
    expect(Object.keys(best).sort()).toEqual(Object.keys(space).sort());
    const complete = ended.filter(({ state }) => state === 'complete').map(({ accuracy }) => Number(accuracy));
    const [{ trial }] = ended.filter((end) => end.state === 'complete' && end.accuracy === Math.max(...complete));
    expect(trials('whole').find((line) => line.event === 'trial' && line.trial === trial)?.settings).toEqual(best);
    const page = readFileSync(at('whole', 'study.html'), 'utf8');
    expect(page).toContain(String(best.lr));
    expect(page).toContain(`train.js --data ${at('data')} --config whole/best.json`);
  });

  it('has the same trials and results for the same seed with another number of workers, and others for another seed', async () => {
    expect((await tune(...settings, '--trials', '3', '--out', 'again', '--workers', '1')).code).toBe(0);
    expect(trials('again')).toEqual(trials('whole'));
    expect((await tune(...settings, '--trials', '2', '--out', 'seed-1', '--seed', '1')).code).toBe(0);
    const second = (folder: string) =>
      trials(folder).find(({ event, trial }) => event === 'trial' && trial === 2)?.settings;
    expect(second('seed-1')).not.toEqual(second('whole'));
  });

  it('killed in its second trial and resumed has the trials of the uninterrupted study', async () => {
    const args = [commandPath('tune'), ...settings, '--trials', '3', '--out', 'killed', '--json'];
    const child = startProcess(process.execPath, args, temporary.path);
    child.stdout.on('data', (text: Buffer) => {
      if (text.includes('"trial":2')) child.kill('SIGKILL');
    });
    await outcomeOf(child);
    expect(trials('killed').length).toBeLessThan(trials('whole').length);
    expect((await tune('--resume', 'killed', '--trials', '3', '--workers', '1')).code).toBe(0);
    expect(trials('killed')).toEqual(trials('whole'));
  });

  it('two of --resume at once on a killed study: one ends it, and the other is refused by its number', async () => {
    cpSync(at('whole'), at('two'), { recursive: true });
    const study = readFileSync(at('two', 'study.jsonl'), 'utf8');
    writeFileSync(at('two', 'study.jsonl'), study.slice(0, study.indexOf('{"event":"trial","trial":2') + 40));
    const args = [commandPath('tune'), '--resume', 'two', '--trials', '3'];
    const both = [1, 2].map(() => startProcess(process.execPath, args, temporary.path));
    const outcomes = await Promise.all(both.map(outcomeOf));
    const winner = outcomes.findIndex(({ code }) => code === 0);
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(outcomes[1 - winner].stderr).toBe(
      `error: two is in use by tune, process ${both[winner].pid}; wait for its end, or stop it\n`,
    );
    expect(trials('two')).toEqual(trials('whole'));
    expect(readdirSync(at('two'))).toEqual(readdirSync(at('whole')));
  });

  it('--minutes 0.0012345 ends before the first trial does, with 0, and --resume goes on to the trials of the whole study', async () => {
    const { code, stdout } = await tune(...settings, '--minutes', '0.0012345', '--workers', '1', '--out', 'short');
    expect([code, stdout.split('\n').at(-2)]).toEqual([
      0,
      `To go on: node ${commandPath('tune')} --resume short --minutes 0.0012345 --workers 1`,
    ]);
    expect(trials('short').filter(({ event }) => event === 'end')).toEqual([]);
    expect((await tune('--resume', 'short', '--trials', '3')).code).toBe(0);
    expect(trials('short')).toEqual(trials('whole'));
  });

  it('stopped by SIGTERM exits with 130, and its last JSON line has the command that goes on, for a shell', async () => {
    const args = [commandPath('tune'), ...settings, '--trials', '3', '--out', 'my study', '--json'];
    const child = startProcess(process.execPath, args, temporary.path);
    child.stdout.once('data', () => child.kill('SIGTERM'));
    const { code, stdout } = await outcomeOf(child);
    const { resume } = jsonLines(stdout).at(-1) as { resume: string };
    expect([code, resume]).toEqual([130, `node ${commandPath('tune')} --resume 'my study' --json --trials 3`]);
    expect((await outcomeOf(startProcess('/bin/sh', ['-c', resume], temporary.path))).code).toBe(0);
    expect(trials('my study')).toEqual(trials('whole'));
  });

  it.each(['35001', '1e9', '-1'])('refuses --minutes %s in one line, with 2 and no folder', async (minutes) => {
    const { code, stderr } = await tune(...settings, '--minutes', minutes, '--out', 'none');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: [^\n]*--minutes[^\n]*\n$/)]);
    expect(() => readFileSync(at('none', 'study.jsonl'))).toThrow('ENOENT');
  });

  it('--config takes the best settings to train', async () => {
    const args = ['--data', 'data', '--limit', '12', '--epochs', '1', '--config', 'whole/best.json', '--json'];
    const { code, stdout } = await runCommand('train', args, temporary.path);
    const best = JSON.parse(readFileSync(at('whole', 'best.json'), 'utf8'));
    expect([code, jsonLines(stdout)[0].options]).toEqual([0, expect.objectContaining(best)]);
  });

  it.each([
    ['an option that train does not have', { lrx: { low: 0, high: 1 } }, ['bad.json', 'lrx', 'no such option']],
    ['a range that goes below what an option takes', { lr: { low: -1, high: 1 } }, ['bad.json', 'lr', '-1']],
    ['batch sizes that need not be whole', { batchSize: { low: 4, high: 8 } }, ['bad.json', 'batchSize', '4.5']],
    ['a choice that is none of the option', { schedule: { choices: ['constant', 'x'] } }, ['bad.json', 'schedule']],
    ['epochs', { epochs: { choices: [1, 2] } }, ['bad.json', 'epochs']],
    ['nothing to search', { lr: 0.1 }, ['bad.json']],
  ])(
    'refuses a space with %s in one line that names file and setting, with 1 and nothing written',
    async (_, bad, parts) => {
      writeFileSync(at('bad.json'), JSON.stringify(bad));
      const { code, stdout, stderr } = await tune('--data', 'data', '--space', 'bad.json', '--out', 'none');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^error: [^\n]+\n$/);
      for (const part of parts) expect(stderr).toContain(part);
      expect(() => readFileSync(at('none', 'study.jsonl'))).toThrow('ENOENT');
    },
  );

  it.each([
    ['a folder with a study, without --resume', [...settings, '--out', 'whole'], 'holds a study already'],
    ['--resume of a folder without one', ['--resume', 'data'], 'holds no study'],
    ['--resume with another seed', ['--resume', 'whole', '--seed', '2'], 'leave --seed away'],
    ['--resume with kernels of other bits', ['--resume', 'whole', '--kernels', 'relaxed'], 'kernels is "relaxed" here'],
    ['--resume on other data', ['--resume', 'whole', '--data', 'other'], 'trainData'],
  ])('refuses %s and leaves the study as it was', async (_, args, part) => {
    const before = readFileSync(at('whole', 'study.jsonl'), 'utf8');
    const { code, stderr } = await tune(...args, '--trials', '4');
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(part)]);
    expect(readFileSync(at('whole', 'study.jsonl'), 'utf8')).toBe(before);
  });
});
