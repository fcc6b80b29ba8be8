import * as v from 'valibot';
import { HeddleError } from '../errors.js';
import type { Bytes } from '../tensor/bytes.js';
import { rowMajor, type StoredSource } from '../tensor/view.js';
import { isPlainObject, map, options, plainObject, required } from '../validate.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.js';
import { fields, number, numberFrom, read, string, wholeNumberFrom } from './schema.js';
import { Sha256 } from './sha256.js';

/** What means are made of as they grow, by their names: the sum of what each is over, and of how much that is. */
export type MetricSums = Readonly<Record<string, { sum: number; of: number }>>;

/** How far a run has come: steps, epochs with their evaluation, and the sums of the running epoch's metrics. */
export interface Position {
  readonly steps: number;
  readonly epochs: number;
  /** Over the running epoch's first `count` samples, which took so many seconds; 0 and no sums between two epochs. */
  readonly running: { readonly count: number; readonly seconds: number; readonly sums: MetricSums };
  /** Of parameters in no group, then of each group, where they are not the optimizer's any more. */
  readonly learningRates?: readonly number[];
  /** What a plateau's schedule remembers. */
  readonly plateau?: { readonly best?: number | undefined; readonly badEpochs: number; readonly cooldown: number };
}

/** The best epoch so far by a metric, such as validationAccuracy, and its weights. */
export interface BestEpoch {
  readonly epoch: number;
  readonly metric: string;
  readonly value: number;
  readonly state: ReadonlyMap<string, StoredSource>;
}

/** All that a run needs to go on to the bit. */
export interface Checkpoint {
  /** Plain values by name: what determines the run, data included. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly position: Position;
  readonly model: ReadonlyMap<string, StoredSource>;
  readonly optimizer: ReadonlyMap<string, StoredSource>;
  /** The average of the weights; empty where none is kept. */
  readonly average: ReadonlyMap<string, StoredSource>;
  readonly best?: BestEpoch | undefined;
}

const FORMAT = 'heddle-checkpoint-3';

const partNames = ['model', 'optimizer', 'average', 'best'] as const;

/** @throws HeddleError ARGUMENT for what has not all of a checkpoint's parts, or others */
export function checkCheckpoint(call: string, checkpoint: Checkpoint): Checkpoint {
  const form = `${call}({ settings, position, model, optimizer, average, best })`;
  required(form, { checkpoint });
  const { best, ...parts } = options(form, checkpoint, {
    settings: undefined,
    position: undefined,
    model: undefined,
    optimizer: undefined,
    average: undefined,
    best: undefined,
  });
  required(form, parts);
  plainObject('settings', parts.settings);
  plainObject('position', parts.position);
  for (const name of ['model', 'optimizer', 'average'] as const) map(name, parts[name]);
  if (best !== undefined) map('best.state', plainObject('best', best).state);
  return checkpoint;
}

/** A safetensors file with the tensors under `model.`, `optimizer.`, `average.` and `best.`, the rest and a SHA-256 of all
 * in its metadata. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { settings, position, best, ...parts } = checkCheckpoint('encodeCheckpoint', checkpoint);
  const tensors = new Map<string, StoredTensor>();
  for (const part of partNames)
    for (const [name, tensor] of part === 'best' ? (best?.state ?? []) : parts[part])
      tensors.set(`${part}.${name}`, { shape: tensor.shape, data: rowMajor(tensor) });
  const place = best ? { ...position, best: { epoch: best.epoch, metric: best.metric, value: best.value } } : position;
  const texts = { settings: JSON.stringify(settings), position: JSON.stringify(place) };
  return encodeSafetensors(tensors, { format: FORMAT, ...texts, sha256: checksum(tensors, texts) });
}

/** @throws HeddleError FORMAT when the bytes are not a whole checkpoint */
export function decodeCheckpoint(file: Bytes, source = 'checkpoint'): Checkpoint {
  required('decodeCheckpoint(bytes)', { bytes: file });
  const { tensors, metadata } = decodeSafetensors(file, source);
  const damaged = (what: string) => new HeddleError('FORMAT', `${source}: expected a checkpoint; ${what}`);
  const { format, settings, position, sha256 }: Readonly<Record<string, string | undefined>> =
    Object.fromEntries(metadata);
  if (format !== FORMAT || settings === undefined || position === undefined)
    throw damaged(`its metadata says format "${format}" where "${FORMAT}" belongs, with settings and position`);
  if (sha256 !== checksum(tensors, { settings, position }))
    throw damaged('its content does not have the checksum that it states: the file is damaged');
  const { best, ...place } = readPosition(position, damaged);
  const { best: bestState, ...parts } = tensorsByPart(tensors, damaged);
  if (bestState.size > 0 && !best) throw damaged('it holds weights of a best epoch that its position does not tell');
  const ofBest = best ? { best: { ...best, state: bestState } } : {};
  return { settings: readJson(settings, 'settings', damaged), position: place, ...parts, ...ofBest };
}

function tensorsByPart(tensors: ReadonlyMap<string, StoredTensor>, damaged: Damaged) {
  const map = () => new Map<string, StoredSource>();
  const parts = { model: map(), optimizer: map(), average: map(), best: map() };
  for (const [name, tensor] of tensors) {
    const part = partNames.find((prefix) => name.startsWith(`${prefix}.`));
    if (!part) throw damaged(`it holds a tensor "${name}", of none of its parts: ${partNames.join(', ')}`);
    const { shape, data } = tensor;
    if (!(data instanceof Float32Array || data instanceof BigInt64Array))
      throw damaged(`its tensor "${name}" is of type ${tensor.storedType}`);
    parts[part].set(name.slice(part.length + 1), { shape, data });
  }
  return parts;
}

function checksum(tensors: ReadonlyMap<string, StoredTensor>, texts: { settings: string; position: string }): string {
  const hash = new Sha256().update(JSON.stringify([texts.settings, texts.position]));
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name) as StoredTensor;
    hash.update(JSON.stringify([name, shape])).update(data);
  }
  return hash.digest();
}

type Damaged = (what: string) => HeddleError;

function readJson(text: string, name: string, damaged: Damaged): Readonly<Record<string, unknown>> {
  let value: unknown;
  let canonical: string | undefined;
  try {
    value = JSON.parse(text);
    canonical = JSON.stringify(value);
  } catch {} // not JSON, or nested too deeply
  // JSON.parse takes the last of two equal keys.
  if (canonical !== text) throw damaged(`its ${name} are not JSON as it is written here`);
  if (!isPlainObject(value)) throw damaged(`its ${name} are not a JSON object`);
  return value;
}

const count = wholeNumberFrom(0);

const positionSchema = fields({
  steps: count,
  epochs: count,
  running: fields({ count, seconds: number, sums: v.record(v.string(), fields({ sum: number, of: number })) }),
  learningRates: v.exactOptional(v.array(numberFrom(0, Number.MAX_VALUE), 'a list of learning rates')),
  plateau: v.exactOptional(fields({ best: v.exactOptional(number), badEpochs: count, cooldown: count })),
  best: v.exactOptional(fields({ epoch: count, metric: string, value: number })),
});

const readPosition = (text: string, damaged: Damaged) =>
  read(positionSchema, readJson(text, 'position values', damaged), (message) => damaged(`its position: ${message}`));
