import { HeddleError } from '../../errors.js';
import { checkWeights, loadSafetensors } from '../../formats/modelFile.js';

/** The weights that a command was given. @throws HeddleError FILE, FORMAT, also for numbers that no training ends with */
export async function loadWeights(path: string): ReturnType<typeof loadSafetensors> {
  const file = await loadSafetensors(path);
  checkWeights(file.tensors, path);
  return file;
}

/** Finite weights may still be so large that a pass overflows. @throws HeddleError DIVERGED unless all numbers are finite */
export function checkNumbers(numbers: Iterable<number>, weights: string): void {
  for (const value of numbers)
    if (!Number.isFinite(value))
      throw new HeddleError('DIVERGED', `${weights} gives numbers that are not finite: its training went astray`);
}
