import { promises as fs } from 'node:fs';

type Call = (...args: never[]) => Promise<unknown>;

/** From the failing call on: that one alone fails, or, as if the process had ended there, no other one has an effect. */
export type Effect = 'fails' | 'is the last';
export const effects: readonly Effect[] = ['fails', 'is the last'];

/** A module in the place of node:fs/promises, of whose writing calls one can be made to fail; if it writes, by half. */
export function failingFiles() {
  let calls = 0;
  let failing = Number.POSITIVE_INFINITY;
  let last = false;
  const wrap = (name: string, call: Call) =>
    (async (...args) => {
      calls++;
      if (calls < failing || (calls > failing && !last)) return call(...args);
      if (calls === failing && name.endsWith('File')) {
        const [path, content, options] = args as unknown as Parameters<typeof fs.writeFile>;
        const bytes = Buffer.from(content as Uint8Array);
        await (name === 'writeFile' ? fs.writeFile : fs.appendFile)(path, bytes.subarray(0, bytes.length / 2), options);
      }
      throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: 'EIO' });
    }) as Call;
  const names = ['writeFile', 'appendFile', 'rename', 'link', 'rm', 'open', 'truncate', 'mkdir'] as const;
  return {
    module: { ...fs, ...Object.fromEntries(names.map((name) => [name, wrap(name, fs[name] as Call)])) },
    /** What an action throws whose n-th call fails, if anything; false when it makes fewer calls. */
    async failAt(call: number, effect: Effect, action: () => Promise<unknown>): Promise<unknown> {
      calls = 0;
      failing = call;
      last = effect === 'is the last';
      try {
        await action();
        return calls >= call ? undefined : false;
      } catch (error) {
        return error;
      } finally {
        failing = Number.POSITIVE_INFINITY;
      }
    },
  };
}
