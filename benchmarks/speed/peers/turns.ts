import { setTimeout } from 'node:timers/promises';
import { type RunningEngine, startEngine } from './engine.js';
import type { Program } from './programs.js';

/** What an engine came to with one network, in one mode. */
export interface EngineResult {
  readonly engine: string;
  readonly variant: string;
  readonly version: string;
  readonly threads: number;
  readonly error?: number | undefined;
  /** Images/s of the rounds, and their median. */
  readonly rates: readonly number[];
  readonly rate: number;
  /** The median of the rounds' ratios: how many times as fast heddle is. */
  readonly ratio: number;
  /** MB. */
  readonly peakMemory: number | undefined;
}

/** Between turns: idle threads of an engine go on spinning for up to 0.15 s before they sleep. */
const PAUSE_MS = 250;

export const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

interface Running {
  readonly program: Program;
  readonly engine: RunningEngine;
  readonly rates: number[];
}

/** Starts the programs, each of which checks its results, and lets them work in turns. A peer that does not start is left out,
 * with a line. */
export async function takeTurns(
  programs: readonly Program[],
  args: (program: Program) => readonly string[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<EngineResult[]> {
  const running: Running[] = [];
  // One after the other: threads that spin while they wait for each other starve if there are more than cores.
  for (const program of programs) {
    const engine = await startEngine(program.program, [program.script, ...args(program)]);
    if (typeof engine !== 'string') running.push({ program, engine, rates: [] });
    else if (program.engine === 'heddle') throw new Error(`heddle did not start: ${engine}`);
    else console.log(`  ${program.engine}, ${program.variant}, is left out: ${engine}`);
  }
  for (let round = 0; round < rounds; round++)
    for (const { engine, rates } of running) {
      await setTimeout(PAUSE_MS);
      rates.push(await engine.rate(seconds));
    }
  const own = running.filter(({ program }) => program.engine === 'heddle').map(({ rates }) => rates);
  const best = own.reduce((best, rates) => (median(rates) > median(best) ? rates : best));
  const results = await Promise.all(running.map((each) => resultOf(each, best)));
  for (const { engine } of running) engine.stop();
  return results;
}

/** @param own images/s of the rounds of heddle, at its fastest */
async function resultOf({ program, engine, rates }: Running, own: readonly number[]): Promise<EngineResult> {
  return {
    engine: program.engine,
    variant: program.variant,
    version: engine.version,
    threads: engine.threads,
    error: engine.error,
    rates: rates.map(Math.round),
    rate: median(rates),
    ratio: median(own.map((rate, i) => rate / rates[i])),
    peakMemory: await engine.peakMemory(),
  };
}
