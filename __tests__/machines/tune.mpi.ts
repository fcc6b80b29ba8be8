import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, jsonLines, outcomeOf, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { mpirun, startMpirun } from '../support/mpirun.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const space = { lr: { low: 1e-5, high: 1e-3, log: true }, dropout: { low: 0, high: 0.5 }, batchSize: 4 };
// Twelve training images in three steps an epoch; five trials of at most two epochs.
const settings = ['--data', 'data', '--space', 'space.json', '--limit', '12', '--validation', '20', '--epochs', '2'];
const common = [...settings, '--trials', '5', '--workers', '1'];
const tune = (ranks: number, ...args: string[]) => mpirun(ranks, commandPath('tune'), args, temporary.path);

/** What of a study's file does not depend on time. */
const trials = (folder: string) =>
  jsonLines(readFileSync(at(folder, 'study.jsonl'), 'utf8')).map(({ seconds, ...rest }) => rest);

beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  const test = syntheticDataset(20, { ...digits, sample: 1 });
  await writeMnistFolder(at('data'), syntheticDataset(40, digits), test);
  await writeMnistFolder(at('other'), syntheticDataset(40, { ...digits, sample: 2 }), test);
  writeFileSync(at('space.json'), JSON.stringify(space));
  const { code, stderr } = await tune(2, ...common, '--out', 'whole');
  expect([code, stderr]).toEqual([0, '']);
});

describe('tune on two ranks', () => {
  it('begins two trials before the first one ends, and has the same study in another run', async () => {
    const events = trials('whole').map(({ event, trial }) => `${event} ${trial}`);
    expect(events.slice(1, 3)).toEqual(['trial 1', 'trial 2']);
    expect(events.filter((event) => event.startsWith('end'))).toHaveLength(5);
    for (const file of ['study.html', 'best.json']) expect(existsSync(at('whole', file))).toBe(true);
    const { code, stdout } = await tune(2, ...common, '--out', 'again', '--json');
    expect([code, jsonLines(stdout).at(-1)?.event]).toEqual([0, 'end']);
    expect(trials('again')).toEqual(trials('whole'));
  });

  it('killed with SIGKILL in its third trial ends with an error, and resumed has the same study', async () => {
    const job = startMpirun(2, commandPath('tune'), [...common, '--out', 'killed', '--json'], temporary.path);
    let killed = false;
    job.stdout.on('data', (text: Buffer) => {
      if (killed || !text.includes('"trial":3')) return;
      killed = true;
      const { pid } = JSON.parse(readFileSync(at('killed', 'study.jsonl.lock'), 'utf8'));
      process.kill(pid, 'SIGKILL');
    });
    expect((await outcomeOf(job)).code).not.toBe(0);
    expect(trials('killed').length).toBeLessThan(trials('whole').length);
    const { code } = await tune(2, '--resume', 'killed', '--trials', '5', '--workers', '1');
    expect(code).toBe(0);
    expect(trials('killed')).toEqual(trials('whole'));
  });

  it('refuses to go on with its study on three ranks, in one line that says how, and leaves it as it was', async () => {
    const before = readFileSync(at('whole', 'study.jsonl'), 'utf8');
    const { code, stderr } = await tune(3, '--resume', 'whole', '--trials', '9');
    expect([code, stderr.match(/^(?:rank \d: )?error: .*$/gm)]).toEqual([
      2,
      [
        'error: --resume whole: the study was begun on 2 ranks; on 3 ranks it would have other trials; go on with mpirun -n 2',
      ],
    ]);
    expect(readFileSync(at('whole', 'study.jsonl'), 'utf8')).toBe(before);
  });

  it('refuses a rank with other data, in one line, and writes nothing', async () => {
    const otherRank = [':', '-n', '1', process.execPath, commandPath('tune'), ...common, '--out', 'none', '--data'];
    const { code, stderr } = await tune(1, ...common, '--out', 'none', ...otherRank, 'other');
    expect([code, stderr.match(/^(?:rank \d: )?error: .*$/gm)]).toEqual([
      1,
      ['error: rank 1 differs from rank 0: another training set; start all with the same'],
    ]);
    expect(existsSync(at('none'))).toBe(false);
  });
});
