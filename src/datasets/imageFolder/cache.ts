import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import { checkTransform, transformedShape } from '../../data/imageTransform.js';
import { HeddleError, reason } from '../../errors.js';
import { makeFolder, removeTemporaries, replaceFile } from '../../formats/durableFile.js';
import { formatError } from '../../formats/fileKind.js';
import { parseJson } from '../../formats/json.js';
import { MAX_FILE_BYTES } from '../../formats/modelFile.js';
import { readRegularFile } from '../../formats/regularFile.js';
import { decodeSafetensors, encodeSafetensors } from '../../formats/safetensors.js';
import { fields, plainObject, read, string, wholeNumberFrom } from '../../formats/schema.js';
import { version } from '../../formats/version.js';
import { formatShape } from '../../tensor/shape.js';
import type { DataOptions } from '../labelledData.js';
import type { ClassFolders } from './classFolders.js';
import type { Pictures } from './decodePictures.js';
import { memoryLimit } from './memory.js';

// Decoded pictures as a safetensors file: U8 inputs [pictures, channels, height, width], I32 places among the files that
// were found, and a report, UTF-8 of JSON. Its metadata has a key for all that they were made from.

/** Where a folder's pictures are kept, and what they must have been made from. */
export interface Cache {
  readonly path: string;
  readonly key: string;
}

/** Pictures that are kept; their inputs are not in shared memory. */
export type KeptPictures = Omit<Pictures, 'inputs'> & { readonly inputs: Uint8Array };

/** The cache of a folder, of which each cacheFolder has one.
 * @throws Error of the system when the folder is gone */
export async function cacheOf(
  dir: string,
  { pictures }: ClassFolders,
  { transform, imageSize, channels }: DataOptions,
  cacheFolder: string,
): Promise<Cache> {
  const place = await realpath(dir);
  const name = createHash('sha256').update(place).digest('hex').slice(0, 16);
  const key = createHash('sha256').update(JSON.stringify([version, place, transform, imageSize, channels]));
  for (const { file, bytes, modified } of pictures) key.update(JSON.stringify([file, bytes, modified]));
  return { path: join(cacheFolder, `pictures-${name}.safetensors`), key: key.digest('hex') };
}

/** @param files how many were found
 * @returns what is kept, or undefined if that is nothing, damaged, or made from something else */
export async function readCache({ path, key }: Cache, files: number): Promise<KeptPictures | undefined> {
  try {
    return decodeCache(await readRegularFile(path, MAX_FILE_BYTES), key, files, path);
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}

/** Keeps pictures in place of those that were kept before. @returns why it could not, if so */
export async function writeCache({ path, key }: Cache, pictures: KeptPictures): Promise<string | undefined> {
  // Reading takes the file, its tensors and the shared memory.
  const most = Math.min(MAX_FILE_BYTES - 2 ** 26, memoryLimit() / 4);
  if (pictures.inputs.length > most) return `${pictures.inputs.length} bytes are too many to be kept in a file`;
  try {
    const folder = join(path, '..');
    await makeFolder(folder);
    await removeTemporaries(folder, [basename(path)]);
    await replaceFile(path, encodeCache(key, pictures));
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

export function encodeCache(key: string, { inputs, places, transform, unreadable, sizes }: KeptPictures) {
  const report = new TextEncoder().encode(JSON.stringify({ transform, unreadable, sizes }));
  const tensors = {
    inputs: { shape: [places.length, ...transformedShape(transform)], data: inputs },
    places: { shape: [places.length], data: places },
    report: { shape: [report.length], data: report },
  };
  return encodeSafetensors(tensors, { heddle: version, key, checksum: checksum(inputs, places, report) });
}

/** @param files of which these are some
 * @throws HeddleError FORMAT or ARGUMENT unless the bytes are what encodeCache made with this key */
export function decodeCache(file: Uint8Array, key: string, files: number, source: string): KeptPictures {
  const wrong = (problem: string) => formatError(source, problem, 'Delete it');
  const { tensors, metadata } = decodeSafetensors(file, source);
  if (metadata.get('key') !== key) throw wrong('expected pictures of the folder as it is now; found others');
  const [inputs, places, text] = ['inputs', 'places', 'report'].map((name) => tensors.get(name));
  if (!(inputs?.data instanceof Uint8Array && places?.data instanceof Int32Array && text?.data instanceof Uint8Array))
    throw wrong('expected bytes of inputs, numbers of places and bytes of a report; found something else');
  if (metadata.get('checksum') !== checksum(inputs.data, places.data, text.data))
    throw wrong('its content does not fit its checksum');
  const report = read(reportSchema, parseJson(new TextDecoder().decode(text.data), source));
  const transform = checkTransform(report.transform);
  const count = places.data.length;
  const shape = [count, ...transformedShape(transform)];
  if (inputs.shape.join() !== shape.join())
    throw wrong(`expected inputs of shape ${formatShape(shape)}; found ${formatShape(inputs.shape)}`);
  if (count === 0 || new Set(places.data).size < count || !places.data.every((place) => place >= 0 && place < files))
    throw wrong(`expected different places among ${files}`);
  return { ...report, transform, inputs: inputs.data, places: Int32Array.from(places.data) };
}

function checksum(...parts: readonly (Uint8Array | Int32Array)[]): string {
  const bytes = parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  return bytes.reduce((sum, part) => crc32(part, sum), 0).toString(16);
}

const size = v.strictTuple([wholeNumberFrom(1), wholeNumberFrom(1)], 'a width and a height');
const reportSchema = fields({
  transform: plainObject('a transform'),
  unreadable: v.array(fields({ file: string, reason: string }), 'a list of files'),
  sizes: fields({ smallest: size, median: size, largest: size }),
});
