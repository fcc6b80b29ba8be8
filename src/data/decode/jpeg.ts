import { HeddleError } from '../../errors.js';
import type { Image } from '../image.js';
import { exifOrientation, oriented } from './exifOrientation.js';
import { decompress, type Frame } from './libjpegTurbo.js';
import { checkSize } from './size.js';

// Markers, the second byte of two (ITU-T T.81, table B.1).
const SCAN = 0xda;
const END = 0xd9;
const EXIF = 0xe1;
/** Baseline, extended and progressive. */
const supportedFrames = [0xc0, 0xc1, 0xc2];
const otherFrames = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
/** What the picture needs: besides frame and scans the Huffman and quantization tables, restarts, and JFIF's and Adobe's
 * segments, which tell the colour space. */
const wanted = [...supportedFrames, SCAN, 0xc4, 0xdb, 0xdd, 0xe0, 0xee];

/** A progressive file has a dozen. Each takes the time of a walk through the image, however few its bytes. */
const MAX_SCANS = 100;
/** A block of 8×8 pixels takes one bit at least. */
const MAX_PIXELS_PER_BYTE = 512;

/** Decodes a JPEG file, see decodeImage. libjpeg-turbo gets the segments that make the picture alone, their sizes known and
 * the end in its place: it would take memory for every frame there is, and grey for what is behind the end of a file. */
export function decodeJpeg(bytes: Uint8Array): Image {
  const { file, frame, orientation } = readSegments(bytes);
  const { width, height, channels } = frame;
  const pixels = decompress(file, frame);
  const image =
    channels === 4 ? { width, height, channels: 3 as const, pixels: rgb(pixels) } : { width, height, channels, pixels };
  return oriented(image, orientation);
}

/** The colours of CMYK inks as Pillow's convert('RGB') has them. As Adobe writes them, and Pillow takes all, 255 is none. */
function rgb(inks: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((inks.length / 4) * 3);
  for (let at = 0, to = 0; at < inks.length; at += 4)
    for (let c = 0; c < 3; c++) {
      const product = (255 - inks[at + c]) * inks[at + 3] + 128;
      pixels[to++] = inks[at + 3] - ((product + (product >> 8)) >> 8);
    }
  return pixels;
}

/** A JPEG file of what the picture needs, and what is known of it. */
function readSegments(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file = new Uint8Array(bytes.length);
  file.set(bytes.subarray(0, 2));
  let length = 2;
  let frame: Frame | undefined;
  let scans = 0;
  let orientation = 1;
  for (let start = nextMarker(bytes, 2); bytes[start + 1] !== END; ) {
    const marker = bytes[start + 1];
    const end = start + 4 > bytes.length ? Number.POSITIVE_INFINITY : start + 2 + view.getUint16(start + 2);
    if (end > bytes.length) throw cutShort();
    if (end < start + 4) throw bad(`the segment at byte ${start} has no length.`);
    const content = bytes.subarray(start + 4, end);
    if (otherFrames.includes(marker)) throw bad('it is lossless, hierarchical or arithmetic-coded. Convert it to PNG.');
    if (supportedFrames.includes(marker)) {
      if (frame) throw bad('it has two frames.');
      frame = readFrame(content, bytes.length);
    }
    if (marker === SCAN && (++scans > MAX_SCANS || content[0] > 4 || content.length !== 4 + 2 * content[0]))
      throw bad(`expected at most ${MAX_SCANS} scans, each of 1 to 4 components; found another at byte ${start}.`);
    if (marker === EXIF) orientation = exifOrientation(content) ?? orientation;
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
  return { file: file.subarray(0, length + 2), frame, orientation };
}

/** Checks a frame's header (ITU-T T.81, B.2.2) before anything is allocated for it. */
function readFrame(content: Uint8Array, fileSize: number): Frame {
  const channels = content[5];
  if ((channels !== 1 && channels !== 3 && channels !== 4) || content.length !== 6 + 3 * channels)
    throw bad(`expected 1, 3 or 4 components, found ${channels} in a header of ${content.length} bytes.`);
  if (content[0] !== 8) throw bad(`expected 8 bits a sample, found ${content[0]}. Convert it to PNG.`);
  const [height, width] = [256 * content[1] + content[2], 256 * content[3] + content[4]];
  checkSize(width, height);
  if (width * height > fileSize * MAX_PIXELS_PER_BYTE)
    throw bad(`its ${fileSize} bytes cannot hold the ${width}×${height} pixels of its header.`);
  for (let c = 0; c < channels; c++) {
    const [across, down] = [content[7 + 3 * c] >> 4, content[7 + 3 * c] & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4)
      throw bad(`expected sampling factors from 1 to 4, found ${across}×${down}.`);
  }
  return { width, height, channels };
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
