import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LivePage } from '../../src/livePage/livePage.js';
import { newHistory } from '../../src/pages/run/history.js';
import type { RunEvent, RunStep } from '../../src/training/events.js';

let page: LivePage;
const interruption = new AbortController();
beforeEach(async () => {
  page = await LivePage.open(newHistory('run'), { signal: interruption.signal, controls: true });
});
afterEach(() => page.close());

const step = { event: 'step', epoch: 1, step: 1, steps: 2, ofStep: { loss: 1 }, loss: 1 } as unknown as RunStep;
const hear = (event: RunEvent) => page.listener(event) as Promise<void> | undefined;

async function control(request: object): Promise<[number, string]> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${page.address}control`, { method: 'POST', headers, body: JSON.stringify(request) });
  return [answer.status, await answer.text()];
}
const command = (name: string) => control({ command: name });

/** Whether a promise has come to its end by now. */
const isDone = (waited: Promise<void> | undefined) =>
  Promise.race([
    Promise.resolve(waited).then(() => true),
    new Promise((resolve) => setImmediate(() => resolve(false))),
  ]);

describe('the controls of a run’s page', () => {
  it('let a run that is not paused go on without waiting', () => {
    expect(hear(step)).toBeUndefined();
  });

  it('pause it behind a step, and nowhere else, until it goes on', async () => {
    await command('pause');
    expect(hear({ event: 'evaluation' } as RunEvent)).toBeUndefined();
    const waiting = hear(step);
    expect(await isDone(waiting)).toBe(false);
    await command('continue');
    await waiting;
    expect(hear(step)).toBeUndefined();
  });

  it('take one step, and pause again', async () => {
    await command('step');
    const first = hear(step);
    expect(await isDone(first)).toBe(false);
    await command('step');
    await first;
    expect(await isDone(hear(step))).toBe(false);
  });

  it('stop it while it is paused', async () => {
    await command('pause');
    const waiting = hear(step);
    expect(page.signal.aborted).toBe(false);
    await command('stop');
    await waiting;
    expect(page.signal.aborted).toBe(true);
    await command('continue');
    expect(hear(step)).toBeUndefined();
  });

  it('give the learning rate that was asked for last, once', async () => {
    expect(page.takeLearningRate()).toBeUndefined();
    await control({ command: 'learningRate', learningRate: 0.5 });
    await control({ command: 'learningRate', learningRate: 0 });
    expect(page.takeLearningRate()).toBe(0);
    expect(page.takeLearningRate()).toBeUndefined();
  });

  it.each([
    [{ command: 'halt' }],
    [{ command: 'pause', learningRate: 1 }],
    [{ command: 'learningRate' }],
    [{ command: 'learningRate', learningRate: -1 }],
    [{ command: 'learningRate', learningRate: '0.1' }],
    [[]],
  ])('refuse %j', async (request) => {
    const [status, text] = await control(request);
    expect([status, text]).toEqual([400, expect.stringMatching(/^expected .*; found /)]);
    expect(page.takeLearningRate()).toBeUndefined();
    expect(hear(step)).toBeUndefined();
  });

  it('are let go of by a signal, such as Ctrl-C, while the run is paused', async () => {
    await command('pause');
    const waiting = hear(step);
    interruption.abort();
    await waiting;
    expect(page.signal.aborted).toBe(true);
  });
});
