import { joinPhases, type Pass, type Phase, runUnit, unitsOf } from '../../src/program/phase.js';

export type Order = 'first to last' | 'last to first';

/** Runs phases as a team would, the units of each from the first to the last, or the other way. */
export function runUnits(phases: readonly Phase[], pass: Pass, scratch: Float32Array, order: Order): void {
  for (const phase of joinPhases(phases)) {
    const units = Array.from({ length: unitsOf(phase, pass) }, (_, unit) => unit);
    for (const unit of order === 'first to last' ? units : units.reverse()) runUnit(phase, unit, pass, scratch);
  }
}
