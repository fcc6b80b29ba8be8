import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, type Outcome, outcomeOf, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  const test = syntheticDataset(10, { ...digits, sample: 1 });
  await writeMnistFolder(join(temporary.path, 'data'), syntheticDataset(40, digits), test);
});

type Watch = (screen: string, type: (keys: string) => void) => void;

const trainOnTerminal = (args: string, watch?: Watch) =>
  onTerminal('train', `--data data --lr 0.01 --batch-size 4 ${args}`, watch);

/** Runs a command on a terminal, by util-linux's `script`, and calls `watch` with all that has come so far. */
async function onTerminal(name: 'train' | 'tune' | 'evaluate', args: string, watch: Watch = () => {}) {
  const command = `"${process.execPath}" "${commandPath(name)}" ${args}`;
  const child = startProcess('script', ['-qec', `stty cols 80; ${command}`, '/dev/null'], temporary.path);
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    watch(screen, (keys) => child.stdin.write(keys));
  });
  return outcomeOf(child);
}

const ESCAPE = '\u001b';
const controls = new RegExp(`${ESCAPE}(?:\\[[?\\d;]*[A-Za-z]|[78])`, 'g');

/** Lines, and states of a line, as they were on the screen one after the other, without escape sequences. */
const frames = ({ stdout }: Outcome) =>
  stdout
    .replaceAll(`${ESCAPE}[1G`, '\r')
    .split(/\r\n|\r/)
    .map((line) => line.replaceAll(controls, ''));
const bars = (outcome: Outcome) => frames(outcome).filter((line) => /[█░]/.test(line));

/** What hides the cursor or stops lines from wrapping is undone at the end. */
function expectRestored({ stdout }: Outcome): void {
  for (const mode of ['?25', '?7'])
    expect(stdout.lastIndexOf(`${ESCAPE}[${mode}h`)).toBeGreaterThanOrEqual(stdout.lastIndexOf(`${ESCAPE}[${mode}l`));
}

describe('train for 2 epochs of 10 steps on a terminal of 80 columns', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await trainOnTerminal('--epochs 2 --workers 2 --out whole');
  });

  it('draws a bar with step, loss, accuracy, images/s and time left in every frame', () => {
    expect(bars(outcome).length).toBeGreaterThan(1);
    for (const bar of bars(outcome))
      expect(bar).toMatch(/\b[12]\/2\b.*[█░]+ +\d+\/10\b.*loss \d+\.\d+.*\d+\.\d+%.*\d+ images\/s.*\d+ (?:s|min) left/);
  });

  it('draws no bar wider than the terminal, which would cut off its end', () => {
    expect(Math.max(...bars(outcome).map((bar) => bar.length))).toBeLessThanOrEqual(80);
  });

  it('prints one table row an epoch under a heading, and what was written, and exits with 0', () => {
    const heading = /^\s*epoch\s+train loss\s+train acc\.\s+test loss\s+test acc\.\s+seconds\s+images\/s$/;
    const row = /^\s*([12])\s+\d+\.\d+\s+\d+\.\d+%\s+\d+\.\d+\s+\d+\.\d+%\s+\d+\.\d+\s+\d+$/;
    const lines = frames(outcome);
    expect(lines.filter((line) => heading.test(line))).toHaveLength(1);
    expect(lines.flatMap((line) => row.exec(line)?.[1] ?? [])).toEqual(['1', '2']);
    expect(lines.some((line) => /model\.safetensors.*metrics\.jsonl.*config\.json.*whole/.test(line))).toBe(true);
    expect(outcome.code).toBe(0);
  });

  it('goes on with the bar while the 10 test images are evaluated, in batches of 4', () => {
    const tests = bars(outcome).flatMap((bar) => /([12])\/2 test [█░]+ (\d+)\/10 loss/.exec(bar)?.slice(1) ?? []);
    expect(tests.join(' ')).toBe('1 4 1 8 1 10 2 4 2 8 2 10');
  });

  it('shows a bar in evaluate too, which gives way to the evaluation’s text', async () => {
    const evaluation = await onTerminal('evaluate', '--data data --weights whole/model.safetensors');
    expect(bars(evaluation).some((bar) => /^test █+ 10\/10 loss .* left$/.test(bar))).toBe(true);
    expect(evaluation.stdout).toContain(`\r${ESCAPE}[Ktest loss`);
  });

  it('leaves cursor and line wrapping on', () => {
    expectRestored(outcome);
  });
});

it('tune shows how far the validation of a running trial is', async () => {
  const outcome = await onTerminal('tune', '--data data --limit 20 --validation 10 --trials 1 --epochs 1 --out study');
  expect(bars(outcome).some((bar) => /^epoch 1 validation █+ 10\/10 loss .* images\/s$/.test(bar))).toBe(true);
  expect(outcome.code).toBe(0);
});

it('Ctrl-C on a terminal stops the training with exit code 130, a closing line and the cursor back', async () => {
  let pressed = false;
  const outcome = await trainOnTerminal('--epochs 10000 --workers 2 --out stopped', (screen, type) => {
    if (pressed || !screen.includes('█')) return;
    pressed = true;
    type('\u0003');
  });
  expect(outcome.code).toBe(130);
  expect(frames(outcome).some((line) => /model\.safetensors.*stopped/.test(line))).toBe(true);
  expect(frames(outcome)).toContain(`To go on: node ${commandPath('train')} --resume stopped --workers 2`);
  expectRestored(outcome);
});

it('an error during an epoch, here a run folder that vanishes, ends the process with 1 and the cursor back', async () => {
  const outcome = await trainOnTerminal('--epochs 10000 --workers 2 --out vanishing', (screen) => {
    if (screen.includes('█')) rmSync(join(temporary.path, 'vanishing'), { recursive: true, force: true });
  });
  expect(outcome.code).toBe(1);
  expect(frames(outcome).some((line) => /^error: cannot write vanishing/.test(line))).toBe(true);
  expectRestored(outcome);
});
