import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunHistory } from '../../src/pages/run/history.js';
import { commandPath, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { addressOf, hostileRun, injection } from '../support/hostileRun.js';

const temporary = temporaryFolder();
const at = (...names: string[]) => join(temporary.path, ...names);
let options: string[];
const children: ChildProcess[] = [];
function start(command: 'train' | 'view', ...args: string[]) {
  const child = startProcess(process.execPath, [commandPath(command), ...args], temporary.path);
  children.push(child);
  return child;
}
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

beforeAll(async () => {
  options = await hostileRun(temporary.path);
  const { code } = await runCommand('train', [...options, '--epochs', '2', '--out', 'plain'], temporary.path);
  expect(code).toBe(0);
});

/** What a page's server sends, by the events' names, until it says that this is all. */
async function eventsAt(address: string): Promise<[name: string, data: RunHistory[]][]> {
  const { body } = await fetch(`${address}events`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of body as ReadableStream<Uint8Array>) {
    text += decoder.decode(part, { stream: true });
    if (text.endsWith('event: over\ndata: {}\n\n')) break;
  }
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((message) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(message) as RegExpExecArray;
      return [name, JSON.parse(data)];
    });
}

describe('train --page', () => {
  it('has the bits of a run without one, also while a page is open, which is told of the end', async () => {
    const training = start('train', ...options, '--epochs', '2', '--out', 'shown', '--page');
    const outcome = outcomeOf(training);
    const events = await eventsAt(await addressOf(training));
    expect(readFileSync(at('shown/metrics.jsonl'), 'utf8').match(/"weightsHash":"\w+"/g)).toEqual(
      readFileSync(at('plain/metrics.jsonl'), 'utf8').match(/"weightsHash":"\w+"/g),
    );
    expect(events.slice(-2).map(([name]) => name)).toEqual(['events', 'over']);
    expect((await outcome).code).toBe(0);
  });

  it('of a run that goes on shows the epochs that were before, once, and behind them the newest other run on these data', async () => {
    const training = start('train', '--resume', 'plain', '--epochs', '4', '--page', '--json', '--workers', '1');
    const outcome = outcomeOf(training);
    const address = await addressOf(training);
    const [[, [history]]] = (await eventsAt(address)).filter(([name]) => name === 'histories');
    expect(history.epochs.map(({ epoch }) => epoch).slice(0, 2)).toEqual([1, 2]);
    expect([history.before?.title, history.before?.epochs.length]).toEqual(['shown', 2]);
    expect((await outcome).code).toBe(0);
  });

  it('tells a page of the error that ends the run', async () => {
    const given = [...options, '--lr', '1e30', '--epochs', '9', '--out', 'diverged', '--page'];
    const training = start('train', ...given);
    const outcome = outcomeOf(training);
    const events = await eventsAt(await addressOf(training));
    const failed = expect.objectContaining({ failure: expect.stringMatching(/^the loss of /) });
    expect(events).toContainEqual(['state', failed]);
    expect((await outcome).code).toBe(1);
  });
});

/** A copy of a finished run's folder, with a line more. */
function copyOf(name: string, line = ''): string {
  mkdirSync(at(name));
  for (const file of ['config.json', 'metrics.jsonl', 'model.safetensors'])
    copyFileSync(at('shown', file), at(name, file));
  appendFileSync(at(name, 'metrics.jsonl'), line);
  return name;
}

describe('view', () => {
  it('shows what the folders hold, also when it is asked again, and ends by a signal', async () => {
    const other = copyOf(`other ${injection}`);
    const view = start('view', 'shown', other, '--json');
    const address = await addressOf(view);
    const [[, histories], over] = await eventsAt(address);
    expect(histories.map(({ title, epochs }) => [title, epochs.length])).toEqual([
      ['shown', 2],
      [other, 2],
    ]);
    expect(histories[0].filters?.shape).toEqual([8, 3, 3, 3]);
    expect(over).toEqual(['over', {}]);
    writeFileSync(at(other, 'metrics.jsonl'), '');
    const [[, again]] = await eventsAt(address);
    expect(again[1].epochs).toEqual([]);
    view.kill('SIGTERM');
    expect(await once(view, 'exit')).toEqual([0, null]);
  });

  it('leaves out a last line that a crash has cut off', async () => {
    const view = start('view', copyOf('cut', '{"epoch":3,"trainLo'), '--json');
    const [[, [history]]] = await eventsAt(await addressOf(view));
    expect(history.epochs.length).toBe(2);
    view.kill('SIGTERM');
    await once(view, 'exit');
  });

  it.each<[string, () => string[], number, RegExp]>([
    ['no folder', () => [], 2, /^error: expected the folder of a training run, or several: heddle view runs\/first\n$/],
    ['a folder without a run', () => ['pictures'], 1, /^error: pictures holds no training run: [^\n]*\n$/],
    [
      'a text in the place of a number',
      () => [copyOf('text', `${JSON.stringify({ epoch: 3, seconds: injection })}\n`)],
      1,
      /^error: text\/metrics\.jsonl, line 3: expected a number as seconds; found '[^\n]*'\n$/,
    ],
    [
      'a line that is no JSON',
      () => [copyOf('words', 'words\n')],
      1,
      /^error: words\/metrics\.jsonl, line 3: [^\n]*\n$/,
    ],
  ])('refuses %s in one line', async (_, args, code, message) => {
    const outcome = await runCommand('view', args(), temporary.path);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toMatch(message);
  });

  it('takes no other option than --json', async () => {
    const { code, stderr } = await runCommand('view', ['plain', '--lr', '1'], temporary.path);
    expect([code, stderr]).toEqual([2, "error: unknown option '--lr'\n"]);
  });
});
