import { HeddleError } from '../errors.js';
import type { Machines } from '../parallel/machines.js';

/** Compares what all machines say of themselves, setting by setting.
 *
 * @param advice what to do where they differ
 * @param signal what would end the work
 * @throws HeddleError MACHINES, on all of them, naming the first machine that differs from the one of rank 0
 * @throws HeddleError ARGUMENT with a signal */
export async function agree(
  machines: Machines | undefined,
  own: () => Readonly<Record<string, unknown>>,
  advice = 'start all with the same',
  signal?: AbortSignal,
): Promise<void> {
  if (!machines) return;
  if (signal) throw new HeddleError('ARGUMENT', 'signal would stop this machine and not the others; leave it away');
  const texts = Object.fromEntries(Object.entries(own()).map(([name, value]) => [name, JSON.stringify(value)]));
  const [first, ...others] = (await machines.gather(JSON.stringify(texts))).map(
    (text): Record<string, string> => JSON.parse(text),
  );
  for (const [index, other] of others.entries())
    for (const name of Object.keys({ ...first, ...other }))
      if (first[name] !== other[name])
        throw new HeddleError(
          'MACHINES',
          `rank ${index + 1} differs from rank 0: ${difference(name, other[name], first[name])}; ${advice}`,
        );
}

/** Longer values than these say nothing to a reader. */
const LONG = 100;

const difference = (name: string, there = 'nothing', here = 'nothing') =>
  there.length + here.length > LONG ? `another ${name}` : `${name} is ${there} there and ${here} at rank 0`;
