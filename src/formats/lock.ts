import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { HeddleError } from '../errors.js';
import { createFile, writing } from './durableFile.js';

export interface Lock {
  release(): void;
}

/** Who holds a lock, as its file says in JSON. */
const ownerSchema = v.object({
  /** No other lock ever has it. */
  id: v.pipe(v.string(), v.regex(/^[\da-f-]{36}$/)),
  command: v.string(),
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  host: v.string(),
  /** On Linux these tell this process from a later one of the same number. */
  boot: v.optional(v.string()),
  pidNamespace: v.optional(v.string()),
  startTime: v.optional(v.string()),
});
type Owner = Readonly<v.InferOutput<typeof ownerSchema>>;

const held = new Map<string, { count: number; readonly id: string; readonly taken: Promise<void> }>();

/** Takes the lock that a file is, so that one process alone writes to what it stands for. The lock of a process that
 * has ended is taken over; within a process it is shared. A lock that is not released ends with the process.
 * @param subject what the lock stands for, in messages
 * @throws HeddleError FILE naming the process that holds it, or when the file cannot be written */
export async function takeLock(path: string, subject: string): Promise<Lock> {
  const key = resolve(path);
  let lock = held.get(key);
  if (!lock) {
    if (held.size === 0) process.once('exit', releaseAll);
    const owner = thisProcess();
    lock = { count: 0, id: owner.id, taken: take(path, subject, owner) };
    held.set(key, lock);
  }
  lock.count++;
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    lock.count--;
    if (lock.count > 0) return;
    held.delete(key);
    if (held.size === 0) process.off('exit', releaseAll);
    removeOwn(key, lock.id);
  };
  const { taken } = lock;
  try {
    await writing(path, () => taken);
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

function releaseAll(): void {
  for (const [path, { id }] of held) removeOwn(path, id);
}

/** Removes this process's lock, but not that of another process which has one there now, as a person has removed ours. What
 * cannot be removed is taken over later. A pipe or a device in its place is not read, as that would never end. */
function removeOwn(path: string, id: string): void {
  try {
    if (statSync(path).isFile() && parseOwner(readFileSync(path, 'utf8'))?.id === id) rmSync(path);
  } catch {}
}

async function take(path: string, subject: string, owner: Owner): Promise<void> {
  const holder = await acquire(path, subject, owner);
  if (holder) throw inUse(path, subject, holder);
}

/** How often, 20 ms apart, a process looks whether another one that takes a dead lock over has come to an end. */
const LOOKS = 100;

/** Returns who holds the lock, if another process does.
 *
 * Of two processes that find the same dead owner, one may replace its lock. The right to do so is a lock itself, named
 * after the dead one, and while a process has it nobody else touches the dead one. Who gets it late, when the dead one
 * has been replaced already, sees that by its id, which never comes again. Who dies with it leaves a dead lock like any
 * other. */
async function acquire(path: string, subject: string, owner: Owner): Promise<Owner | undefined> {
  for (let look = 0; ; look++) {
    try {
      await createFile(path, JSON.stringify(owner));
      await removeLeftovers(path);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await readOwner(path, subject);
    if (!found) continue; // it has been released
    if (!isDead(found)) return found;
    const right = `${path}.${found.id}`;
    const rival = await acquire(right, subject, owner);
    if (rival) {
      if (look === LOOKS) return rival;
      await setTimeout(20);
      continue;
    }
    try {
      if ((await readOwner(path, subject))?.id !== found.id) continue;
      await rename(right, path);
      await removeLeftovers(path);
      return undefined;
    } finally {
      await rm(right, { force: true });
    }
  }
}

/** Removes what processes have left that were killed while they tried to take this lock; it is of no use to one that still
 * tries. */
async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(dirname(path)))
    if (name.startsWith(basename(path)) && /^(\.[\da-f-]{36})+(\.tmp)?$/.test(name.slice(basename(path).length)))
      await rm(join(dirname(path), name), { force: true });
}

/** The owner that a lock names; undefined when there is no lock. */
async function readOwner(path: string, subject: string): Promise<Owner | undefined> {
  // Its owner may be writing it just now, on a file system without links.
  for (let look = 0; look < 20; look++) {
    try {
      if (!(await stat(path)).isFile()) break;
      const owner = parseOwner(await readFile(path, 'utf8'));
      if (owner) return owner;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    await setTimeout(50);
  }
  throw new HeddleError(
    'FORMAT',
    `${path}: expected the lock of a process of heddle; found something else. If no process uses ${subject}, delete it`,
  );
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { success, output } = v.safeParse(ownerSchema, JSON.parse(text));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}

function thisProcess(): Owner {
  return {
    id: randomUUID(),
    command: basename(process.argv[1] ?? 'node', '.js'),
    pid: process.pid,
    host: hostname(),
    boot: onLinux(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: onLinux(() => readlinkSync('/proc/self/ns/pid')),
    startTime: processState(process.pid)?.startTime,
  };
}

/** Whether it can be told from here if a process still runs: not of one on another machine or in another container. */
const inSight = ({ host, pidNamespace }: Owner, here = thisProcess()) =>
  host === here.host && pidNamespace === here.pidNamespace;

function isDead(owner: Owner): boolean {
  const here = thisProcess();
  if (owner.host === here.host && owner.boot && here.boot && owner.boot !== here.boot) return true;
  if (!inSight(owner, here)) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'; // EPERM: it is another user's
  }
  const state = processState(owner.pid);
  return state !== undefined && (state.ended || state.startTime !== (owner.startTime ?? state.startTime));
}

/** Linux alone. A process that has ended keeps its number until its parent has heard of it. */
const processState = (pid: number) =>
  onLinux(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { ended: ['Z', 'X'].includes(fields[0]), startTime: fields[19] };
  });

function onLinux<T>(read: () => T): T | undefined {
  try {
    return process.platform === 'linux' ? read() : undefined;
  } catch {
    return undefined;
  }
}

function inUse(path: string, subject: string, owner: Owner): HeddleError {
  const holder = `${subject} is in use by ${owner.command}, process ${owner.pid}`;
  const elsewhere = `on ${owner.host}, which cannot be looked at from here; if it has ended there, delete ${path}`;
  return new HeddleError('FILE', inSight(owner) ? `${holder}; wait for its end, or stop it` : `${holder} ${elsewhere}`);
}
