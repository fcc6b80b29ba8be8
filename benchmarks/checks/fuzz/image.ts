import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import { type Image, toGrey } from '../../../src/data/image.js';
import { toInput } from '../../../src/data/toInput.js';
import { HeddleError } from '../../../src/errors.js';
import { jpegFiles, jpegPicture } from './jpegFiles.js';
import { otherKind } from './otherKinds.js';
import { type Chunk, joinChunks, type PngPicture, pngChunks, pngGreys } from './png.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const pngReader: FuzzedReader = {
  name: 'PNG',
  codes: ['FORMAT'],
  share: 4,
  prepare(random) {
    if (random.chance(0.03)) {
      const other = otherKind(random, 'image');
      return () => checkImage(other);
    }
    const picture = pngPicture(random);
    const chunks = pngChunks(picture, () => random.below(5));
    const change = random.below(4);
    // Rounding: of the grey and onto white, and with 16 bits of colours and alpha to 8 before that.
    const error = picture.depth === 16 ? 2 : 1.01;
    if (change === 0) return () => checkImage(joinChunks(chunks), { ...picture, greys: pngGreys(picture), error });
    // The checksums fit still, so that decoders get to see the damage.
    const bytes = joinChunks(change === 1 ? chunks : damagedChunks(random, chunks));
    const file = change === 1 ? damage(random, bytes) : bytes;
    return () => checkImage(file);
  },
};

export const jpegReader: FuzzedReader = {
  name: 'JPEG',
  codes: ['FORMAT'],
  share: 4,
  prepare(random) {
    const bytes = random.pick(jpegFiles);
    if (random.chance(0.2)) return () => checkImage(bytes, { ...jpegPicture, error: 4 });
    const damaged = damage(random, bytes);
    return () => checkImage(damaged);
  },
};

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly greys: readonly number[];
  readonly error: number;
}

/** Decodes a file and fits it, and holds it against what it shows, if that is known. */
function checkImage(bytes: Uint8Array, expected?: Expected): void {
  let image: Image;
  try {
    image = decodeImage(bytes);
  } catch (error) {
    expectThat(!(error instanceof HeddleError && expected), `refused a right file: ${error}`);
    throw error;
  }
  const { width, height, channels } = image;
  expectThat(
    width >= 1 && height >= 1 && image.pixels.length === width * height * channels,
    `${image.pixels.length} of ${width}×${height}`,
  );
  expectThat(toInput(image).pixels.length === 784, 'it fits into other than 784 pixels');
  if (!expected) return;
  expectThat(width === expected.width && height === expected.height, `read ${width}×${height}`);
  const { pixels } = toGrey(image);
  const wrong = expected.greys.findIndex((grey, p) => !(Math.abs(pixels[p] - grey) <= expected.error));
  expectThat(wrong < 0, `pixel ${wrong} is ${pixels[wrong]}, not ${expected.greys[wrong]}`);
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
