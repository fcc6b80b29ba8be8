import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordOf, runCommand, type Work } from './commands.js';

/**
 * Starts two processes at once on one folder, in turn a new one and one that a killed process has left with its lock: one
 * goes on to the record of the undisturbed run, and the other is refused with its number.
 */
export async function runTogether(work: Work, folder: string, whole: string, rounds: number): Promise<string> {
  const wanted = await recordOf(work, whole);
  const path = join(folder, 'together');
  const left = await killed(work, join(folder, 'left'));
  for (let round = 0; round < rounds; round++) {
    await rm(path, { recursive: true, force: true });
    const isNew = round % 2 === 0;
    if (!isNew) await cp(left, path, { recursive: true });
    const args = isNew ? [...work.settings, '--out', path] : ['--resume', path, ...work.onwards];
    const outcomes = await Promise.all([1, 2].map(() => runCommand(work.command, args)));
    const [winner, ...others] = outcomes.toSorted((a, b) => Number(a.code) - Number(b.code));
    const holder = `error: ${path} is in use by ${work.command}, process ${winner.pid};`;
    if (winner.code !== 0 || others.some(({ code, stderr }) => code !== 1 || !stderr.startsWith(holder)))
      throw new Error(`two processes of ${work.command} in ${path} ended with ${JSON.stringify(outcomes)}`);
    if ((await recordOf(work, path)) !== wanted) throw new Error(`the record in ${path} differs`);
  }
  return `${rounds} of ${rounds} times one went on and the other was refused`;
}

/** A folder that a process has left in which it was killed, after some tens of its calls. */
async function killed(work: Work, path: string): Promise<string> {
  await runCommand(work.command, [...work.settings, '--out', path], { call: 30, effect: 'kill' });
  return path;
}
