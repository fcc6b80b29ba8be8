import { openRegularFile } from '../../formats/regularFile.js';

/** What a picture's header says: its size in the file, before Exif turns it, and 3 channels if it may have colours. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Gives `length` bytes of a file from `begin` on, or as many as it has. */
type ReadPart = (begin: number, length: number) => Promise<Uint8Array>;

/** More segments or chunks than any picture has before its pixels. */
const MOST_PARTS = 1000;

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GREY = 0;
const PALETTE = 3;
const GREY_ALPHA = 4;

/** Finds the header of a PNG or JPEG file without reading its pixels; whether the file is right is decodeImage's business.
 * @returns undefined where there is none to be found */
export async function findImageHeader(read: ReadPart): Promise<ImageHeader | undefined> {
  const start = await read(0, 26);
  if (start[0] === 0xff && start[1] === 0xd8) return findJpegHeader(read);
  if (start.length < 26 || pngSignature.some((byte, i) => start[i] !== byte)) return undefined;
  const view = viewOf(start);
  const colourType = start[25];
  const grey = colourType === PALETTE ? await hasGreyPalette(read) : colourType === GREY || colourType === GREY_ALPHA;
  return { width: view.getUint32(16), height: view.getUint32(20), channels: grey ? 1 : 3 };
}

async function hasGreyPalette(read: ReadPart): Promise<boolean> {
  for (let at = 33, parts = 0; parts < MOST_PARTS; parts++) {
    const head = await read(at, 8);
    if (head.length < 8) return false;
    const length = viewOf(head).getUint32(0);
    const type = String.fromCharCode(...head.subarray(4));
    if (type === 'PLTE') {
      const palette = await read(at + 8, Math.min(length, 3 * 256));
      return palette.every((level, i) => level === palette[i - (i % 3)]);
    }
    at += 12 + length;
  }
  return false;
}

/** The frame, the segment with the size, comes before the scans (ITU-T T.81, B.2.1 and table B.1). */
async function findJpegHeader(read: ReadPart): Promise<ImageHeader | undefined> {
  for (let at = 2, parts = 0; parts < MOST_PARTS; parts++) {
    const part = await read(at, 10);
    if (part.length < 10 || part[0] !== 0xff) return undefined;
    const [marker, view] = [part[1], viewOf(part)];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(5), width: view.getUint16(7), channels: part[9] === 1 ? 1 : 3 };
    // A marker may have more than one byte of ff before it, and length has no part in those.
    at += marker === 0xff ? 1 : 2 + view.getUint16(2);
  }
  return undefined;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Enough for most headers, so that a file is read once. */
const BLOCK = 4096;

/** @throws HeddleError FILE when the file cannot be read */
export async function readImageHeader(path: string): Promise<ImageHeader | undefined> {
  const { handle } = await openRegularFile(path);
  try {
    const block = new Uint8Array(BLOCK);
    let [begin, end] = [0, 0];
    return await findImageHeader(async (from, length) => {
      if (from < begin || from + length > end) {
        begin = from;
        end = from + (await handle.read(block, 0, BLOCK, from)).bytesRead;
      }
      return block.slice(from - begin, Math.min(end, from + length) - begin);
    });
  } finally {
    await handle.close();
  }
}
