import { inflateRawSync } from 'node:zlib';
import { HeddleError } from '../../errors.js';
import binary from './libjpegTurbo.wasm.deflate';

/** What is called of libjpeg-turbo's TurboJPEG API (turbojpeg.h of version 2.0.4). Addresses are places in its memory. */
interface TurboJpeg {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  free(address: number): void;
  tjInitDecompress(): number;
  tjDecompress2(...numbers: number[]): number;
  tjDestroy(decompressor: number): number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Components: grey, red, green and blue or luma and chroma, CMYK or YCCK. */
  readonly channels: 1 | 3 | 4;
}

/** The pixels of a JPEG file, of which the frame is known, in grey, RGB or CMYK as they stand in it: those of Pillow, to the
 * bit.
 * @throws HeddleError FORMAT if it is damaged */
export function decompress(file: Uint8Array, frame: Frame): Uint8Array {
  const { pixels, whole } = attempt(file, frame, 0);
  if (whole) return pixels;
  // Some cameras leave litter behind a picture's data, which is no damage. The last row is written when all data is read: it
  // is there if it does not depend on what was in its place before.
  const lastRow = (frame.height - 1) * frame.width * frame.channels;
  const again = attempt(file, frame, 255).pixels;
  if (Buffer.compare(pixels.subarray(lastRow), again.subarray(lastRow)) === 0) return pixels;
  throw new HeddleError('FORMAT', 'it is damaged. Get it again.');
}

/** TurboJPEG's pixel formats grey, RGB and CMYK. */
const formats = { 1: 6, 3: 0, 4: 11 } as const;
const STOP_ON_WARNING = 8192;
/** An instance that took more memory than this is not kept, as it gives none back. */
const KEPT_MEMORY = 2 ** 26;

let compiled: WebAssembly.Module | undefined;
let instance: TurboJpeg | undefined;

/** Decodes up to the first fault. @param before what the pixels are to which it does not come */
function attempt(file: Uint8Array, { width, height, channels }: Frame, before: number) {
  instance ??= instantiate();
  const { memory, malloc, free, tjInitDecompress, tjDecompress2, tjDestroy } = instance;
  const length = width * height * channels;
  const [source, target, decompressor] = [malloc(file.length), malloc(length), tjInitDecompress()];
  if (!source || !target || !decompressor) {
    instance = undefined;
    throw new HeddleError('FORMAT', `there is not enough memory for its ${width}×${height} pixels. Make it smaller.`);
  }
  new Uint8Array(memory.buffer).set(file, source);
  new Uint8Array(memory.buffer).fill(before, target, target + length);
  const output = [target, width, width * channels, height, formats[channels], STOP_ON_WARNING];
  let whole = false;
  try {
    whole = tjDecompress2(decompressor, source, file.length, ...output) === 0;
  } catch {
    // It jumped out, see longjmp.
  }
  const pixels = new Uint8Array(memory.buffer).slice(target, target + length);
  if (whole) {
    tjDestroy(decompressor);
    for (const address of [source, target]) free(address);
  }
  if (!whole || memory.buffer.byteLength > KEPT_MEMORY) instance = undefined;
  return { pixels, whole };
}

function instantiate(): TurboJpeg {
  compiled ??= new WebAssembly.Module(inflateRawSync(binary));
  const none = () => 0;
  // At a fault it jumps out of all that it is in, after which the instance is of no use.
  const longjmp = () => {
    throw new Error();
  };
  const system = ['environ_sizes_get', 'environ_get', 'proc_exit', 'fd_close', 'fd_seek', 'fd_write'];
  const { exports } = new WebAssembly.Instance(compiled, {
    env: { setjmp: none, longjmp },
    wasi_snapshot_preview1: Object.fromEntries(system.map((name) => [name, none])),
  });
  return exports as unknown as TurboJpeg;
}
