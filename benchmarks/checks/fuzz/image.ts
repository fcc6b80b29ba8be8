import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import type { Image } from '../../../src/data/image.js';
import type { ImageTransform } from '../../../src/data/imageTransform.js';
import { transformImage } from '../../../src/data/transformImage.js';
import { HeddleError } from '../../../src/errors.js';
import { jpegFiles } from './jpegFiles.js';
import { otherKind } from './otherKinds.js';
import { type Chunk, joinChunks, type PngPicture, pngChunks, pngPixels } from './png.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const pngReader: FuzzedReader = {
  name: 'PNG',
  codes: ['FORMAT'],
  share: 4,
  prepare(random) {
    const transform = anyTransform(random);
    if (random.chance(0.03)) {
      const other = otherKind(random, 'image');
      return () => checkImage(other, transform);
    }
    const picture = pngPicture(random);
    const chunks = pngChunks(picture, () => random.below(5));
    const change = random.below(4);
    // Rounding: onto white, and with 16 bits of the number and of its alpha before that.
    const error = picture.depth === 16 ? 1.51 : 0.51;
    if (change === 0)
      return () => checkImage(joinChunks(chunks), transform, { ...picture, ...pngPixels(picture), error });
    // The checksums fit still, so that decoders get to see the damage.
    const bytes = joinChunks(change === 1 ? chunks : damagedChunks(random, chunks));
    const file = change === 1 ? damage(random, bytes) : bytes;
    return () => checkImage(file, transform);
  },
};

export const jpegReader: FuzzedReader = {
  name: 'JPEG',
  codes: ['FORMAT'],
  share: 4,
  prepare(random) {
    const transform = anyTransform(random);
    const file = random.pick(jpegFiles);
    if (random.chance(0.2)) return () => checkImage(file.bytes, transform, file);
    const damaged = damage(random, file.bytes);
    return () => checkImage(damaged, transform);
  },
};

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: readonly number[];
  readonly error: number;
}

/** Decodes a file and transforms it, and holds it against what it shows, if that is known. */
function checkImage(bytes: Uint8Array, transform: ImageTransform, expected?: Expected): void {
  let image: Image;
  try {
    image = decodeImage(bytes);
  } catch (error) {
    expectThat(!(error instanceof HeddleError && expected), `refused a right file: ${error}`);
    throw error;
  }
  const { width, height, channels, pixels } = image;
  const length = width * height * channels;
  expectThat(length >= 1 && pixels.length === length, `${pixels.length} of ${width}×${height}×${channels}`);
  checkTransformed(image, transform);
  if (!expected) return;
  const size = [width, height, channels].join('×');
  expectThat(size === [expected.width, expected.height, expected.channels].join('×'), `read ${size}`);
  const wrong = expected.pixels.findIndex((value, p) => !(Math.abs(pixels[p] - value) <= expected.error));
  expectThat(wrong < 0, `number ${wrong} is ${pixels[wrong]}, not ${expected.pixels[wrong]}`);
}

/** No number of the result is out of those of the picture, or of the zeros around a small one. */
function checkTransformed(image: Image, transform: ImageTransform): void {
  const { pixels, shape } = transformImage(image, transform);
  expectThat(pixels.length === shape.reduce((product, n) => product * n), `${pixels.length} of ${shape.join('×')}`);
  if (transform.type === 'lightOnDark') return;
  const [least, most] = image.pixels.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [255, 0]);
  const wrong = pixels.find((value) => value !== 0 && (value < least || value > most));
  expectThat(wrong === undefined, `${wrong} is not from ${least} to ${most}`);
}

function anyTransform(random: Random): ImageTransform {
  const [height, width] = [1 + random.below(40), 1 + random.below(40)];
  if (random.chance(0.2)) return { type: 'lightOnDark', height, width };
  return { type: 'resizeCrop', channels: random.pick([1, 3]), resize: 1 + random.below(40), crop: [height, width] };
}

const kinds = [
  ...([1, 2, 4, 8, 16] as const).map((depth) => ({ colourType: 0, depth }) as const),
  ...([1, 2, 4, 8] as const).map((depth) => ({ colourType: 3, depth }) as const),
  ...([2, 4, 6] as const).flatMap((colourType) => ([8, 16] as const).map((depth) => ({ colourType, depth }) as const)),
];

export function pngPicture(random: Random): PngPicture {
  const kind = random.pick(kinds);
  const { colourType, depth } = kind;
  const [width, height] = [1 + random.below(12), 1 + random.below(12)];
  const numbers = width * height * { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType];
  const colours = colourType === 3 ? 1 + random.below(2 ** depth) : 2 ** depth;
  const samples = Array.from({ length: numbers }, () => random.below(colours));
  const interlaced = random.chance(0.3);
  if (colourType === 3) {
    const palette = Array.from({ length: colours }, () => [...random.bytes(3)] as unknown as [number, number, number]);
    const transparency = [...random.bytes(random.below(colours + 1))];
    return {
      ...kind,
      width,
      height,
      samples,
      interlaced,
      palette,
      ...(transparency.length > 0 ? { transparency } : {}),
    };
  }
  const transparency = colourType < 4 && random.chance(0.3) ? { transparency: samples.slice(0, colourType + 1) } : {};
  return { ...kind, width, height, samples, interlaced, ...transparency };
}

/** A mebibyte of zeros, packed. */
const zeros = pngChunks({ width: 1024, height: 1023, colourType: 0, depth: 8, samples: Array(1024 * 1023).fill(0) });

function damagedChunks(random: Random, chunks: readonly Chunk[]): Chunk[] {
  const damaged = [...chunks];
  const at = random.below(damaged.length);
  const [type, content] = damaged[at];
  if (random.chance(1 / 1000)) return damaged.map((chunk) => (chunk[0] === 'IDAT' ? (zeros[1] ?? chunk) : chunk));
  const changes = [
    () => damaged.splice(at, 1, [type, damage(random, content)]),
    () => damaged.splice(at, 1),
    () => damaged.splice(at, 0, [type, content]),
    () => damaged.splice(at, 0, [random.pick(['iCCP', 'PLTE', 'tRNS', 'fcTL', 'IDAT', 'IHDR']), random.bytes(6)]),
    () => damaged.splice(at, 1, [random.pick(['tEXt', 'IDAT', 'IEND']), content]),
    () => damaged.splice(0, 1, ['IHDR', changedHeader(random, damaged[0][1])]),
  ];
  random.pick(changes)();
  return damaged;
}

function changedHeader(random: Random, header: Uint8Array): Uint8Array {
  const changed = Buffer.from(header);
  if (random.chance(0.5)) changed.writeUInt32BE(random.size() % 2 ** 32, random.pick([0, 4]));
  else changed[8 + random.below(5)] = random.pick([0, 1, 2, 3, 4, 6, 8, 16]);
  return changed;
}
