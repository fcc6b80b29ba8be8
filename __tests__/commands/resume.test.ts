import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const checkpoints = ['checkpoint.safetensors', 'checkpoint.previous.safetensors'];
const digits = { classes: 10, size: 28 };
// Three epochs of 100 steps of a small network, whose checkpoints are written fast.
const settings = [
  '--data',
  'data',
  '--network',
  'lenet5',
  '--batch-size',
  '4',
  '--lr',
  '0.01',
  '--momentum',
  '0.9',
  '--epochs',
  '3',
  '--json',
];
const train = (...args: string[]) => runCommand('train', [...settings, ...args], temporary.path);
const resume = (...args: string[]) => runCommand('train', ['--json', '--resume', ...args], temporary.path);

/** What of metrics.jsonl does not depend on time. */
const metrics = (folder: string) =>
  jsonLines(readFileSync(at(folder, 'metrics.jsonl'), 'utf8')).map(({ seconds, imagesPerSecond, ...rest }) => rest);

beforeAll(async () => {
  await writeMnistFolder(at('data'), syntheticDataset(400, digits), syntheticDataset(20, { ...digits, sample: 1 }));
  await writeMnistFolder(at('other'), syntheticDataset(400, { ...digits, sample: 2 }), syntheticDataset(20, digits));
  expect((await train('--out', 'whole')).code).toBe(0);
});

/** Starts a run and ends it after some milliseconds from its first output. */
async function interrupt(folder: string, signal: NodeJS.Signals, milliseconds: number, args: readonly string[] = []) {
  const all = [commandPath('train'), ...settings, '--out', folder, '--checkpoint-every', '1', ...args];
  const child = startProcess(process.execPath, all, temporary.path);
  const outcome = outcomeOf(child);
  child.stdout.once('data', async () => {
    await setTimeout(milliseconds);
    child.kill(signal);
  });
  return outcome;
}

describe('train --resume', () => {
  it.each([50, 400, 900])(
    'goes on after SIGKILL, %i ms into the run, to the metrics and weights of the uninterrupted one',
    async (milliseconds) => {
      const folder = `killed-${milliseconds}`;
      await interrupt(folder, 'SIGKILL', milliseconds);
      const { code, stdout, stderr } = await resume(folder, '--workers', '3');
      expect([code, stderr]).toEqual([0, '']);
      expect(metrics(folder)).toEqual(metrics('whole'));
      expect(jsonLines(stdout).at(-1)?.weightsHash).toBe(metrics('whole').at(-1)?.weightsHash);
    },
  );

  it('goes on after SIGTERM, which ends the run with a checkpoint, exit code 130 and the command that does, for a shell', async () => {
    const folder = "it's stopped";
    const { code, stdout } = await interrupt(folder, 'SIGTERM', 300, ['--workers', '1']);
    const { resume: command } = jsonLines(stdout).at(-1) as { resume: string };
    expect([code, command]).toEqual([
      130,
      `node ${commandPath('train')} --resume 'it'\\''s stopped' --json --workers 1 --checkpoint-every 1`,
    ]);
    expect(readdirSync(at(folder))).toContain('checkpoint.safetensors');
    expect((await outcomeOf(startProcess('/bin/sh', ['-c', command], temporary.path))).code).toBe(0);
    expect(metrics(folder)).toEqual(metrics('whole'));
  });

  it('interrupted in its turn gives all its own options again', async () => {
    cpSync(at('whole'), at('again'), { recursive: true });
    const child = startProcess(
      process.execPath,
      [commandPath('train'), '--resume', 'again', '--epochs', '10000', '--data', './data', '--checkpoint-every', '9'],
      temporary.path,
    );
    child.stdout.once('data', () => child.kill('SIGINT'));
    const { code, stdout } = await outcomeOf(child);
    expect([code, stdout.split('\n').at(-2)]).toEqual([
      130,
      `To go on: node ${commandPath('train')} --resume again --data ./data --epochs 10000 --checkpoint-every 9`,
    ]);
  });

  it('of a finished run takes no step and ends with 0', async () => {
    cpSync(at('whole'), at('finished'), { recursive: true });
    const { code, stdout } = await resume('finished');
    expect([code, jsonLines(stdout).map(({ event }) => event)]).toEqual([0, ['start', 'end']]);
    expect(metrics('finished')).toEqual(metrics('whole'));
  });

  it('--epochs 4 of a finished run of 3 adds the fourth', async () => {
    cpSync(at('whole'), at('longer'), { recursive: true });
    expect((await resume('longer', '--epochs', '4')).code).toBe(0);
    expect(metrics('longer').slice(0, 3)).toEqual(metrics('whole'));
    expect(metrics('longer')).toHaveLength(4);
  });

  it('with a damaged newest checkpoint warns, goes on from the one before it, and ends with the same weights', async () => {
    await interrupt('damaged', 'SIGTERM', 300);
    const path = at('damaged', 'checkpoint.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, 1000));
    const { code, stderr } = await resume('damaged');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: damaged.checkpoint\.safetensors: .*before it\n$/),
    ]);
    expect(metrics('damaged')).toEqual(metrics('whole'));
  });

  it('refuses two damaged checkpoints in one line that names both, and changes no file', async () => {
    cpSync(at('whole'), at('both'), { recursive: true });
    for (const name of checkpoints) writeFileSync(at('both', name), readFileSync(at('both', name)).subarray(0, 1000));
    const { code, stderr } = await resume('both', '--epochs', '4');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: [^\n]*\n$/)]);
    for (const name of checkpoints) expect(stderr).toContain(join('both', name));
    expect(metrics('both')).toEqual(metrics('whole'));
  });

  it('refuses a run whose checkpoints are both gone in one line that names them, and changes no file', async () => {
    cpSync(at('whole'), at('gone'), { recursive: true });
    for (const name of checkpoints) rmSync(at('gone', name));
    const before = readdirSync(at('gone'));
    const { code, stdout, stderr } = await resume('gone');
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      'error: gone has neither checkpoint.safetensors nor checkpoint.previous.safetensors, though its run came to them; ' +
        'put a copy of one back, or begin the run again in another folder\n',
    ]);
    expect(readdirSync(at('gone'))).toEqual(before);
    expect(metrics('gone')).toEqual(metrics('whole'));
  });

  it('begins a run again that ended before its first checkpoint, says so, and ends with the same weights', async () => {
    cpSync(at('whole', 'config.json'), at('young', 'config.json'));
    const { code, stderr } = await resume('young');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: young has no checkpoint[^\n]*begins again\n$/),
    ]);
    expect(metrics('young')).toEqual(metrics('whole'));
  });

  it('of a run whose metrics lack an epoch, and end in half a line, warns of the one, drops the other and goes on', async () => {
    cpSync(at('whole'), at('lacking'), { recursive: true });
    const [first, , third] = readFileSync(at('whole', 'metrics.jsonl'), 'utf8').split('\n');
    writeFileSync(at('lacking', 'metrics.jsonl'), `${first}\n${third}\n${third.slice(0, 30)}`);
    const { code, stderr } = await resume('lacking', '--epochs', '4');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: lacking.metrics\.jsonl has no line of epoch 2; going on without\n$/),
    ]);
    expect(metrics('lacking').map(({ epoch }) => epoch)).toEqual([1, 3, 4]);
  });

  it('keeps what a killed run has left if other data is refused, and leaves no temporary file when it goes on', async () => {
    cpSync(at('whole'), at('killed'), { recursive: true });
    cpSync(at('killed', checkpoints[1]), at('killed', checkpoints[0]));
    writeFileSync(at('killed', 'model.safetensors.00000000-0000-4000-8000-000000000000.tmp'), 'half');
    expect((await resume('killed', '--data', 'other')).code).toBe(1);
    expect(metrics('killed')).toEqual(metrics('whole'));
    expect((await resume('killed')).code).toBe(0);
    expect(metrics('killed')).toEqual(metrics('whole'));
    expect(readdirSync(at('killed'))).toEqual(readdirSync(at('whole')));
  });

  it.each([
    ['one resumed after SIGKILL', true],
    ['a new one', false],
  ])(
    'two processes at once in the folder of %s: one ends it, and the other is refused by its number',
    async (_, isResumed) => {
      const folder = isResumed ? 'two' : 'two-new';
      if (isResumed) await interrupt(folder, 'SIGKILL', 300);
      const args = isResumed ? ['--json', '--resume', folder] : [...settings, '--out', folder];
      const both = [1, 2].map(() => startProcess(process.execPath, [commandPath('train'), ...args], temporary.path));
      const outcomes = await Promise.all(both.map(outcomeOf));
      const winner = outcomes.findIndex(({ code }) => code === 0);
      expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
      expect(outcomes[1 - winner].stderr).toBe(
        `error: ${folder} is in use by train, process ${both[winner].pid}; wait for its end, or stop it\n`,
      );
      expect(metrics(folder)).toEqual(metrics('whole'));
      expect(readdirSync(at(folder))).toEqual(readdirSync(at('whole')));
    },
  );

  it.each([
    ['another seed', ['--seed', '5'], '--seed 5: the run in refused has 0'],
    ['another learning rate', ['--lr', '0.1'], '--lr 0.1: the run in refused has 0.01'],
    ['a limit of the images where there was none', ['--limit', '8'], '--limit 8: the run in refused has none'],
    ['another batch size', ['--batch-size', '8'], '--batch-size 8: the run in refused has 4'],
    ['other data', ['--data', 'other'], 'another training set'],
    ['a folder besides', ['--out', 'elsewhere'], 'leave --out away'],
    ['a recipe', ['--recipe', 'best'], 'leave --recipe away'],
    ['a file of options', ['--config', 'file.json'], 'leave --config away'],
  ])('refuses %s in one line that names it, and changes no file', async (_, args, text) => {
    rmSync(at('refused'), { recursive: true, force: true });
    cpSync(at('whole'), at('refused'), { recursive: true });
    const { code, stdout, stderr } = await resume('refused', ...args, '--epochs', '4');
    expect([code === 0, stdout.includes('"epoch"')]).toEqual([false, false]);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toContain(text);
    for (const file of readdirSync(at('whole')))
      expect([file, readFileSync(at('refused', file)).equals(readFileSync(at('whole', file)))]).toEqual([file, true]);
  });

  it('compares --lr with the default of the optimizer when the run was begun without', async () => {
    const args = [
      '--data',
      'data',
      '--network',
      'lenet5',
      '--batch-size',
      '20',
      '--epochs',
      '1',
      '--optimizer',
      'adam',
      '--json',
    ];
    expect((await runCommand('train', [...args, '--out', 'adam'], temporary.path)).code).toBe(0);
    expect((await resume('adam', '--lr', '0.001')).code).toBe(0);
    const { code, stderr } = await resume('adam', '--lr', '0.15');
    expect([code, stderr]).toEqual([
      2,
      'error: --lr 0.15: the run in adam has 0.001, and goes on with its own settings; leave --lr away\n',
    ]);
  });

  it('refuses a run of another version of heddle in one line that names both and what to do', async () => {
    const config = JSON.parse(readFileSync(at('whole', 'config.json'), 'utf8'));
    cpSync(at('whole'), at('older'), { recursive: true });
    writeFileSync(at('older', 'config.json'), JSON.stringify({ ...config, version: '0.0.9' }));
    const { code, stderr } = await resume('older', '--epochs', '4');
    expect([code, stderr]).toEqual([
      1,
      `error: the checkpoint is of heddle 0.0.9 and this is heddle ${config.version}, whose bits may be others; go on with the run in the version that began it\n`,
    ]);
    expect(metrics('older')).toEqual(metrics('whole'));
  });

  it.each([
    ['no run', undefined, 'nowhere holds no run to go on with'],
    ['a configuration that is not JSON', '{"seed":', 'config.json: expected JSON'],
    ['a configuration without options', '{"optimizer":{}}', 'config.json: options: expected a JSON object'],
    ['a seed that is none', '{"options":{"seed":-1}}', 'config.json: options: seed: It must be a whole number'],
  ])('of a folder with %s exits with 1 and says so', async (_, config, text) => {
    const folder = config === undefined ? 'nowhere' : 'broken';
    if (config !== undefined) {
      cpSync(at('whole'), at(folder), { recursive: true });
      writeFileSync(at(folder, 'config.json'), config);
    }
    const { code, stderr } = await resume(folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining(text)]);
  });
});

it('a loss that is not finite ends train with 1, names step, image and layer, and leaves the checkpoint from before it', async () => {
  const { code, stderr } = await train('--lr', '1e30', '--out', 'diverged');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^error: the loss of training image \d+ is \S+ in step 2, epoch 1; the first layer .* Conv2d\./,
    ),
  ]);
  expect(readdirSync(at('diverged'))).toContain('checkpoint.safetensors');
  expect(metrics('diverged')).toEqual([]);
});

it('a disk that is full, here a limit on the size of files, ends train with 1, names the file and leaves the checkpoint before it', async () => {
  await interrupt('full', 'SIGTERM', 300);
  const before = readFileSync(at('full', 'checkpoint.safetensors'));
  // SIGXFSZ would end the process where an error EFBIG is wanted, as a full disk gives ENOSPC.
  const script = `trap '' XFSZ; ulimit -f 100; exec "${process.execPath}" "${commandPath('train')}" --resume full --json`;
  const { code, stderr } = await outcomeOf(startProcess('/bin/sh', ['-c', script], temporary.path));
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: cannot write full.\w+\.safetensors: /)]);
  expect(readFileSync(at('full', 'checkpoint.safetensors')).equals(before)).toBe(true);
  expect((await resume('full')).code).toBe(0);
  expect(metrics('full')).toEqual(metrics('whole'));
});
