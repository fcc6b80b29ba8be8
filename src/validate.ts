import { closestMatch } from 'leven';
import { HeddleError, quote } from './errors.js';
import { formatShape, type Shape } from './tensor/shape.js';

// A call's form is the call as people write it, such as `new Conv2d(inChannels, outChannels, kernelSize, { stride })`:
// messages begin with its name and end with all of it.

/** Options and arguments that PyTorch spells in another way: its name, and ours. */
const pytorchNames = new Map([
  ['lr', 'learningRate'],
  ['weight_decay', 'weightDecay'],
  ['batch_size', 'batchSize'],
  ['num_workers', 'workers'],
  ['ignore_index', 'ignoreIndex'],
  ['label_smoothing', 'labelSmoothing'],
  ['pos_weight', 'posWeight'],
  ['max_norm', 'maxGradientNorm'],
  ['kernel_size', 'kernelSize'],
  ['output_padding', 'outputPadding'],
  ['ceil_mode', 'ceilMode'],
  ['count_include_pad', 'countIncludePad'],
  ['divisor_override', 'divisorOverride'],
  ['output_size', 'outputSize'],
  ['scale_factor', 'scaleFactor'],
  ['align_corners', 'alignCorners'],
  ['in_channels', 'inChannels'],
  ['out_channels', 'outChannels'],
  ['in_features', 'inFeatures'],
  ['out_features', 'outFeatures'],
  ['num_features', 'numFeatures'],
  ['track_running_stats', 'trackRunningStats'],
  ['normalized_shape', 'normalizedShape'],
  ['elementwise_affine', 'elementwiseAffine'],
  ['num_groups', 'numGroups'],
  ['num_channels', 'numChannels'],
  ['step_size', 'stepSize'],
  ['total_steps', 'totalSteps'],
  ['T_max', 'totalSteps'],
  ['pct_start', 'pctStart'],
  ['div_factor', 'divFactor'],
  ['final_div_factor', 'finalDivFactor'],
  ['threshold_mode', 'thresholdMode'],
  ['min_lr', 'minLearningRate'],
  ['ns_coefficients', 'nsCoefficients'],
  ['ns_steps', 'nsSteps'],
  ['adjust_lr_fn', 'adjustLearningRate'],
  ['params', 'parameters'],
]);

/** A default for each option, undefined for one without. */
type Defaults<T> = { readonly [Name in keyof T]-?: T[Name] | undefined };

/** What options are with their defaults; one without a default is as its type says. */
type WithDefaults<T, D> = {
  readonly [Name in keyof D & keyof T]: undefined extends D[Name] ? T[Name] : Exclude<T[Name], undefined>;
};

/** The options that a call got, with their defaults; an undefined one counts as absent.
 *
 * @param defaults one for each option, in the order in which PyTorch has them
 * @param others what the call got behind its options
 * @throws HeddleError ARGUMENT for what is no plain object, an option that is not there, or anything behind */
export function options<T extends object, const D extends Defaults<T>>(
  form: string,
  given: T | undefined,
  defaults: D,
  others: readonly unknown[] = [],
): WithDefaults<T, D> {
  const known = Object.keys(defaults);
  if (given !== undefined && !isPlainObject(given)) throw notOptions(form, known, [given, ...others]);
  nothingElse(form, others);
  const set = Object.entries(given ?? {});
  for (const [name] of set) if (!known.includes(name)) throw unknownOption(form, known, name);
  return { ...defaults, ...Object.fromEntries(set.filter(([, value]) => value !== undefined)) } as WithDefaults<T, D>;
}

/** @throws HeddleError ARGUMENT naming the first of a call's values that is missing */
export function required(form: string, values: Readonly<Record<string, unknown>>): void {
  const missing = Object.keys(values).find((name) => values[name] === undefined);
  if (missing !== undefined) throw new HeddleError('ARGUMENT', `${nameOf(form)}: ${missing} is missing; write ${form}`);
}

/** @throws HeddleError ARGUMENT if a call got more than it takes */
export function nothingElse(form: string, others: readonly unknown[]): void {
  if (others.length > 0)
    throw new HeddleError(
      'ARGUMENT',
      `${nameOf(form)}: there is an argument too many, ${kindOf(others[0])}; write ${form}`,
    );
}

const nameOf = (form: string) => /\w+(?=[(:])/.exec(form)?.[0];

function notOptions(form: string, known: readonly string[], values: readonly unknown[]): HeddleError {
  const named = () => values.map((value, i) => `${known[i]}: ${JSON.stringify(value).replaceAll(',', ', ')}`);
  const write = canBeNamed(form, known, values) ? form.replace(/\{.*\}/, `{ ${named().join(', ')} }`) : form;
  return new HeddleError(
    'ARGUMENT',
    `${nameOf(form)}: expected an object of options, found ${kindOf(values[0])}; write ${write}`,
  );
}

/** Whether values in the places of a call's options are surely its first ones: PyTorch's first two are ours. */
const canBeNamed = (form: string, known: readonly string[], values: readonly unknown[]) =>
  form.includes('(') &&
  values.length <= Math.min(known.length, 2) &&
  values.every((value, i) =>
    Array.isArray(value)
      ? value.every(Number.isFinite)
      : (Number.isFinite(value) || typeof value === 'boolean') && !form.includes(`${known[i]}: [`),
  );

function unknownOption(form: string, known: readonly string[], name: string): HeddleError {
  const [, places = ''] = /\(([^{]*)/.exec(form) ?? [];
  const near = nearest(name, known);
  const place = near === undefined ? nearest(name, places.match(/\w+/g) ?? []) : undefined;
  const list = known.length === 1 ? `only option is ${known}` : `options are ${known.join(', ')}`;
  const advice = place
    ? `${inBoth(place, name)} is an argument of its own: ${form}`
    : `${near ? `did you mean ${inBoth(near, name)}? Its` : 'its'} ${list}`;
  return new HeddleError('ARGUMENT', `${nameOf(form)} has no option ${quote(name)}; ${advice}`);
}

/** A name with PyTorch's spelling, which may be the one that was typed. */
function inBoth(name: string, typed: string): string {
  const spellings = [...pytorchNames.keys()].filter((spelling) => pytorchNames.get(spelling) === name);
  const pytorch = spellings.includes(typed) ? typed : spellings[0];
  return pytorch ? `${name} (PyTorch's ${pytorch})` : name;
}

/** The known name that was meant: but for its case, a few letters or a part that is left away, in our spelling or PyTorch's. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (spelling: string) => spelling.replace(/[-_]/g, '').toLowerCase();
  const meant = new Map(
    [...known.map((ours) => [ours, ours]), ...pytorchNames]
      .filter(([, ours]) => known.includes(ours))
      .map(([spelling, ours]) => [plain(spelling), ours]),
  );
  const [typed, spellings] = [plain(name), [...meant.keys()]];
  const found =
    closestMatch(typed, spellings, { maxDistance: Math.min(Math.ceil(typed.length / 3), 3) }) ??
    spellings.find((spelling) => typed.length > 2 && spelling.includes(typed));
  return found === undefined ? undefined : meant.get(found);
}

/** Whether a value is an object as one writes it in braces, and no list and of no class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  // Those of other threads and frames have an Object.prototype of their own.
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value is a Map, of whichever realm; a Set has no get. */
export const isMap = (value: unknown): value is ReadonlyMap<string, never> =>
  ['get', 'has', 'entries'].every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function');

/** esbuild puts a _ before the name of a class that names itself. */
export const classNameOf = (type: { readonly name: string } | undefined) => type?.name.replace(/^_/, '');

/** A value as messages show it. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (!isPlainObject(value)) return `an object of class ${classNameOf(value.constructor) ?? 'unknown'}`;
  const names = Object.keys(value);
  return names.length > 0 ? `an object of ${quote(names.join(', '))}` : 'an empty object';
}

/** A size in both directions, or [height, width]. */
export type Size2d = number | readonly [number, number];

/** @throws HeddleError ARGUMENT unless `value` is a whole number of at least `least`, and at most `most` */
export function wholeNumber(what: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new HeddleError('ARGUMENT', `${what} must be a whole number ${range}, not ${kindOf(value)}`);
  return value;
}

export function size2d(what: string, size: Size2d, least: number, most?: number): readonly [number, number] {
  const sizes = typeof size === 'number' ? [size, size] : size;
  if (!Array.isArray(sizes) || sizes.length !== 2)
    throw new HeddleError(
      'ARGUMENT',
      `${what} must be a whole number, or two of them: [height, width], not ${kindOf(size)}`,
    );
  const [height, width] = sizes;
  return [wholeNumber(what, height, least, most), wholeNumber(what, width, least, most)];
}

/** The largest number below 1, as the end of a range that 1 is not in. */
export const BELOW_ONE = 1 - 2 ** -53;

/** @throws HeddleError ARGUMENT unless low ≤ value ≤ high */
export function inRange(what: string, value: number, low: number, high: number): number {
  if (typeof value === 'number' && value >= low && value <= high) return value;
  const least = low === -Number.MAX_VALUE ? 'a number' : `a number of ${low} or more`;
  const range = high === Number.MAX_VALUE ? least : `from ${low} to ${high === BELOW_ONE ? 'below 1' : high}`;
  throw new HeddleError('ARGUMENT', `${what} must be ${range}, not ${kindOf(value)}`);
}

/** @throws HeddleError ARGUMENT unless `value` is true or false */
export function flag(what: string, value: boolean): boolean {
  if (typeof value !== 'boolean')
    throw new HeddleError('ARGUMENT', `${what} must be true or false, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is among the choices */
export function oneOf<T extends string>(what: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value))
    throw new HeddleError('ARGUMENT', `${what} must be one of ${choices.join(', ')}, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is a string */
export function text(what: string, value: string): string {
  if (typeof value !== 'string') throw new HeddleError('ARGUMENT', `${what} must be a string, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is a list of strings */
export function texts(what: string, value: readonly string[]): readonly string[] {
  if (!Array.isArray(value)) throw new HeddleError('ARGUMENT', `${what} must be a list, not ${kindOf(value)}`);
  for (const [i, item] of value.entries()) text(`${what}[${i}]`, item);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is a plain object */
export function plainObject<T extends object>(what: string, value: T): T {
  if (!isPlainObject(value)) throw new HeddleError('ARGUMENT', `${what} must be an object, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is a function, or absent */
export function callback<T>(what: string, value: T): T {
  if (value !== undefined && typeof value !== 'function')
    throw new HeddleError('ARGUMENT', `${what} must be a function, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is an AbortSignal, or absent */
export function abortSignal(what: string, value: AbortSignal | undefined): AbortSignal | undefined {
  if (value !== undefined && typeof value?.aborted !== 'boolean')
    throw new HeddleError('ARGUMENT', `${what} must be an AbortSignal, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is of the class */
export function instance<T>(what: string, value: T, type: abstract new (...args: never[]) => T): T {
  if (!(value instanceof type))
    throw new HeddleError('ARGUMENT', `${what} must be a ${classNameOf(type)}, not ${kindOf(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is a Map */
export function map<T extends ReadonlyMap<string, unknown>>(what: string, value: T): T {
  if (!isMap(value)) throw new HeddleError('ARGUMENT', `${what} must be a Map, not ${kindOf(value)}`);
  return value;
}

/** The image shape [C, H, W], of `channels` channels if that is given. */
export function imageShape(input: Shape, channels?: number): [number, number, number] {
  if (input.length !== 3 || (channels !== undefined && input[0] !== channels))
    throw new HeddleError(
      'SHAPE',
      `got an input of shape ${formatShape(input)}, wants [${channels ?? 'channels'}, height, width]`,
    );
  return [input[0], input[1], input[2]];
}

/** How many windows of a size fit along a padded length; its taps are so far apart. */
export function windows(
  input: Shape,
  length: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation = 1,
): number {
  const extent = dilation * (kernel - 1) + 1;
  const count = Math.floor((length + 2 * padding - extent) / stride) + 1;
  if (count < 1)
    throw new HeddleError(
      'SHAPE',
      `got an input of shape ${formatShape(input)}, wants height and width of at least the window's ${extent} less twice the padding ${padding}`,
    );
  return count;
}
