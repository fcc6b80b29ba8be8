import { HeddleError } from '../errors.js';
import { inRange, isPlainObject, kindOf, options } from '../validate.js';
import type { Initial } from './layer.js';

/** How a layer's parameters begin, where not as PyTorch's. */
export interface Initials {
  readonly weight?: Initial;
  readonly bias?: Initial;
}

/** The initial values that a layer was given, if it was given any. @throws HeddleError ARGUMENT for what are none */
export function checkInitials(type: string, given: Initials | undefined): Initials | undefined {
  if (given === undefined) return undefined;
  const { weight, bias } = options('initial: { weight, bias }', given, { weight: undefined, bias: undefined });
  return {
    ...(weight ? { weight: checkInitial(`${type} initial weight`, weight) } : {}),
    ...(bias ? { bias: checkInitial(`${type} initial bias`, bias) } : {}),
  };
}

function checkInitial(what: string, given: Initial): Initial {
  const entries: [string, number][] = isPlainObject(given) ? Object.entries(given) : [];
  const [kind, value] = entries.length === 1 ? entries[0] : ['', 0];
  if (!['uniform', 'normal', 'constant'].includes(kind))
    throw new HeddleError(
      'ARGUMENT',
      `${what} must be { uniform: bound }, { normal: deviation } or { constant: value }, not ${kindOf(given)}`,
    );
  const least = kind === 'constant' ? -Number.MAX_VALUE : 0;
  inRange(`${what} ${kind}`, value, least, Number.MAX_VALUE);
  return { ...given };
}
