import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Loaded before a command, by --import: the one call of so many that write, by HEDDLE_FAILING_CALL, fails with EIO or ends
// the process by SIGKILL, and is told on standard error. One that writes bytes has written half of them then.

type Call = (...args: unknown[]) => Promise<unknown>;

const [number, effect] = (process.env.HEDDLE_FAILING_CALL ?? '').split(' ');
let calls = 0;

function failing(name: string, call: Call): Call {
  return async function (this: unknown, ...args) {
    calls++;
    if (calls !== Number(number)) return call.apply(this, args);
    const [path, content, ...rest] = args;
    if (['writeFile', 'appendFile'].includes(name)) {
      const bytes = Buffer.from(content as string);
      await call.call(this, path, bytes.subarray(0, bytes.length / 2), ...rest);
    }
    fs.writeSync(2, `failing call: ${name} ${typeof path === 'string' ? path : ''}\n`);
    if (effect === 'kill') process.kill(process.pid, 'SIGKILL');
    throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: 'EIO' });
  };
}

function patch(object: object, names: readonly string[]): void {
  const methods = object as Record<string, Call>;
  for (const name of names) methods[name] = failing(name, methods[name]);
}

if (isMainThread) {
  const handle = await open(process.execPath);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  patch(prototype, ['sync']);
  patch(fs.promises, ['writeFile', 'appendFile', 'rename', 'link', 'rm', 'open', 'truncate', 'mkdir']);
  syncBuiltinESMExports();
}
