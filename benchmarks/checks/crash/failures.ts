import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint } from '../../../src/formats/checkpointFile.js';
import { recordOf, runCommand, type Work } from './commands.js';

/**
 * Runs a command again and again, with the first, the second, … of its writing calls failing, until a run makes fewer.
 * After each, the folder must hold a whole state, and going on must lead to the files of the undisturbed run.
 *
 * @param before a folder to go on with; without one each run is a new one
 */
export async function failEachCall(work: Work, folder: string, whole: string, before?: string): Promise<string> {
  const wanted = { record: await recordOf(work, whole), files: await names(whole) };
  const path = join(folder, 'failing');
  const counts = { fail: 0, kill: 0 };
  for (const effect of ['fail', 'kill'] as const)
    for (let call = 1; ; call++) {
      await rm(path, { recursive: true, force: true });
      if (before) await cp(before, path, { recursive: true });
      const { code, stderr } = await runCommand(work.command, argumentsOf(work, path), { call, effect });
      const [, failed] = /^failing call: (.*)$/m.exec(stderr) ?? [];
      if (failed === undefined) break;
      const what = `${work.command}, call ${call} (${failed}), ${effect}: see ${path}`;
      const errors = stderr.split('\n').filter((line) => line !== '' && !/^(failing call|warning): /.test(line));
      if (effect === 'fail' && code !== 0 && !(errors.length === 1 && errors[0].startsWith('error: ')))
        throw new Error(`expected one line with an error, found ${stderr}; ${what}`);
      if (work.command === 'train') await checkRun(path, what);
      const resumed = await runCommand(work.command, argumentsOf(work, path));
      if (resumed.code !== 0) throw new Error(`going on ended with ${resumed.stderr}; ${what}`);
      if ((await recordOf(work, path)) !== wanted.record) throw new Error(`its record differs; ${what}`);
      const found = await names(path);
      if (String(found) !== String(wanted.files)) throw new Error(`the folder holds ${found}; ${what}`);
      counts[effect]++;
    }
  return `${counts.fail} failing calls and ${counts.kill} SIGKILLs at one`;
}

const names = async (folder: string) => (await readdir(folder)).sort();

function argumentsOf({ opening, settings, onwards }: Work, path: string): readonly string[] {
  return existsSync(join(path, opening)) ? ['--resume', path, ...onwards] : [...settings, '--out', path];
}

/** A run that has metrics has a whole checkpoint, and metrics of all epochs of it. */
async function checkRun(path: string, what: string): Promise<void> {
  const text = await readFile(join(path, 'metrics.jsonl'), 'utf8').catch(() => '');
  const epochs = text.split('\n').length - 1;
  const found = await loadCheckpoint(path);
  if (found ? found.checkpoint.position.epochs > epochs : epochs > 0)
    throw new Error(`${epochs} lines of metrics, and a checkpoint of ${found?.checkpoint.position.epochs}; ${what}`);
}

/** A copy of a run whose newest checkpoint is damaged: what is left goes on from the one before it. */
export async function damagedRun(whole: string, path: string): Promise<string> {
  await cp(whole, path, { recursive: true });
  const checkpoint = join(path, 'checkpoint.safetensors');
  const bytes = await readFile(checkpoint);
  await writeFile(checkpoint, bytes.subarray(0, bytes.length / 2));
  return path;
}

/** A copy of a study whose last trial a crash has cut off in the midst of a line. */
export async function cutStudy(whole: string, path: string): Promise<string> {
  await cp(whole, path, { recursive: true });
  const study = join(path, 'study.jsonl');
  const text = await readFile(study, 'utf8');
  await writeFile(study, text.slice(0, text.lastIndexOf('{"event":"epoch"') + 30));
  return path;
}
