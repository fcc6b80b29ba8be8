import jpeg from 'jpeg-js';
import { HeddleError } from '../../errors.js';
import { type Image, toGrey } from '../image.js';
import { exifOrientation, oriented } from './exifOrientation.js';
import { standardHuffmanTables } from './huffmanTables.js';
import { checkSize } from './size.js';

// Markers, the second byte of two (ITU-T T.81, table B.1).
const SCAN = 0xda;
const END = 0xd9;
const EXIF = 0xe1;
const ADOBE = 0xee;
const PROGRESSIVE = 0xc2;
const supportedFrames = [0xc0, 0xc1, PROGRESSIVE];
const otherFrames = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
/** What the picture needs: besides frame and scans the Huffman and quantization tables, restarts and the colour space. */
const wanted = [...supportedFrames, SCAN, 0xc4, 0xdb, 0xdd, ADOBE];

/** A progressive file has a dozen. Each takes the time of a walk through the image, however few its bytes. */
const MAX_SCANS = 100;
/** A block of 8×8 pixels takes one bit at least. */
const MAX_PIXELS_PER_BYTE = 512;
/** jpeg-js's own caps: a little above what checkSize lets through. */
const caps = { maxResolutionInMP: 26, maxMemoryUsageInMB: 1024 };

/** Decodes a JPEG file, see decodeImage. jpeg-js gets the segments that make the picture alone, their sizes known and
 * the end in its place: it would take memory for every frame there is, and read zeros behind the end of a file. */
export function decodeJpeg(bytes: Uint8Array): Image {
  const { file, components, rgb, orientation } = readSegments(bytes);
  const options = { useTArray: true as const, formatAsRGBA: false as const, ...caps };
  const { width, height, data } = jpeg.decode(file, rgb ? { ...options, colorTransform: false } : options);
  const image = { width, height, channels: 3, pixels: data } as const;
  return oriented(components === 1 ? toGrey(image) : image, orientation);
}

/** A JPEG file of what the picture needs, its number of components, and whether three are red, green and blue, not luma and
 * chroma. */
function readSegments(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file = new Uint8Array(bytes.length + standardHuffmanTables.length);
  // They stand in front, so that the file's own tables take their places.
  file.set(standardHuffmanTables, 2);
  let length = 2 + standardHuffmanTables.length;
  let frame: { components: number; progressive: boolean } | undefined;
  let scans = 0;
  let [rgb, orientation] = [false, 1];
  for (let start = nextMarker(bytes, 2); bytes[start + 1] !== END; ) {
    const marker = bytes[start + 1];
    const end = start + 4 > bytes.length ? Number.POSITIVE_INFINITY : start + 2 + view.getUint16(start + 2);
    if (end > bytes.length) throw cutShort();
    if (end < start + 4) throw bad(`the segment at byte ${start} has no length.`);
    const content = bytes.subarray(start + 4, end);
    if (otherFrames.includes(marker)) throw bad('it is lossless, hierarchical or arithmetic-coded. Convert it to PNG.');
    if (supportedFrames.includes(marker)) {
      if (frame) throw bad('it has two frames.');
      frame = { components: readFrame(content, bytes.length), progressive: marker === PROGRESSIVE };
    }
    if (marker === SCAN && (++scans > MAX_SCANS || content[0] > 4 || content.length !== 4 + 2 * content[0]))
      throw bad(`expected at most ${MAX_SCANS} scans, each of 1 to 4 components; found another at byte ${start}.`);
    if (marker === EXIF) orientation = exifOrientation(content) ?? orientation;
    if (marker === ADOBE && String.fromCharCode(...content.subarray(0, 5)) === 'Adobe') rgb = content[11] === 0;
    const next = nextMarker(bytes, end);
    if (wanted.includes(marker)) {
      const segment = bytes.subarray(start, marker === SCAN ? next : end);
      file.set(segment, length);
      length += segment.length;
    }
    start = next;
  }
  if (!frame) throw bad('it has no frame.');
  file.set([0xff, END], length);
  // A progressive image's tables have codes that the standard ones lack.
  const start = frame.progressive ? standardHuffmanTables.length : 0;
  file.set(bytes.subarray(0, 2), start);
  const { components } = frame;
  return { file: file.subarray(start, length + 2), components, rgb: rgb && components === 3, orientation };
}

/** Checks a frame's header (ITU-T T.81, B.2.2) before anything is allocated for it, and gives its number of components. */
function readFrame(content: Uint8Array, fileSize: number): number {
  const components = content[5];
  if (![1, 3, 4].includes(components) || content.length !== 6 + 3 * components)
    throw bad(`expected 1, 3 or 4 components, found ${components} in a header of ${content.length} bytes.`);
  if (content[0] !== 8) throw bad(`expected 8 bits a sample, found ${content[0]}. Convert it to PNG.`);
  const [height, width] = [256 * content[1] + content[2], 256 * content[3] + content[4]];
  checkSize(width, height);
  if (width * height > fileSize * MAX_PIXELS_PER_BYTE)
    throw bad(`its ${fileSize} bytes cannot hold the ${width}×${height} pixels of its header.`);
  for (let c = 0; c < components; c++) {
    const [across, down] = [content[7 + 3 * c] >> 4, content[7 + 3 * c] & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4)
      throw bad(`expected sampling factors from 1 to 4, found ${across}×${down}.`);
  }
  return components;
}

/** Where the next marker starts that has a length after it or is the end; what comes before is a scan's data, or litter. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    const restart = marker >= 0xd0 && marker <= 0xd7;
    if (marker > 0x01 && marker < 0xff && !restart) return at;
  }
  throw cutShort();
}

const bad = (what: string) => new HeddleError('FORMAT', what);
const cutShort = () => bad('it is cut short. Get it again.');
